import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppProcess, removeFolder, startApp, temporaryFolder } from '../support/app-process.js';
import { logIn } from '../support/smtp.js';

const disk = temporaryFolder();
let app: AppProcess;

beforeAll(async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
  app = await startApp(join(disk, 'data'));
}, 30_000);

afterAll(async () => {
  await app.stop();
  execFileSync('umount', [disk]);
  removeFolder(disk);
});

test('a full disk is 452 4.3.1, small mail and large; the next mail after space returns is accepted', async () => {
  const client = await logIn(app);
  const mail = (subject: string, body: string) =>
    client.send({ from: 'me@example.org', to: ['you@example.org'], data: `Subject: ${subject}\r\n\r\n${body}` });
  const large = `${'x'.repeat(998)}\r\n`.repeat(600);
  expect(await mail('before', 'x')).toMatchObject({ code: 250 });

  const filler = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  expect(await mail('small on a full disk', 'x'.repeat(20_000))).toMatchObject({ code: 452, enhanced: '4.3.1' });
  expect(await mail('large on a full disk', large)).toMatchObject({ code: 452, enhanced: '4.3.1' });
  expect((await app.api('/health/ready')).status).toBe(503);

  rmSync(filler);
  expect(await mail('after, small', 'x')).toMatchObject({ code: 250 });
  expect(await mail('after, large', large)).toMatchObject({ code: 250 });
  expect((await app.api('/health/ready')).status).toBe(200);
  await client.quit();

  const { items } = (await (await app.api('/api/messages')).json()) as { items: { subject: string }[] };
  expect(items.map(({ subject }) => subject)).toEqual(['after, large', 'after, small', 'before']);
});
