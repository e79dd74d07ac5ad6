import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppProcess, removeFolder, startApp, temporaryFolder } from '../support/app-process.js';
import { logIn } from '../support/smtp.js';

const CALLS = 'openat,fsync,fdatasync,rename,renameat,renameat2,write,writev,pwrite64,sendto,sendmsg';
const folder = temporaryFolder();
const traceFile = join(folder, 'trace');
let app: AppProcess;

beforeAll(async () => {
  const wrapper = ['strace', '-f', '-y', '-s', '160', '-e', `trace=${CALLS}`, '-o', traceFile];
  app = await startApp(join(folder, 'data'), { wrapper });
}, 60_000);

afterAll(async () => {
  // SIGTERM goes to strace, which would only detach: end the application itself.
  process.kill(Number(/^(\d+) .*Mail is welcome/m.exec(readFileSync(traceFile, 'utf8'))![1]), 'SIGTERM');
  await app.exit;
  removeFolder(folder);
});

/** The calls between the end of the mail and its 250, in order, each as a word and what it was about. */
async function callsBefore250(subject: string, bodyOctets: number): Promise<string[]> {
  const client = await logIn(app);
  await client.command('MAIL FROM:<me@example.org>');
  await client.command('RCPT TO:<you@example.org>');
  const began = (await quietTrace()).length;
  await client.command('DATA');
  client.write(`Subject: ${subject}\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(bodyOctets / 100)}`);
  const reply = await client.command('.');
  expect(reply.code).toBe(250);
  const id = reply.lines[0]!.split(' ').at(-1)!;
  const during = (await quietTrace()).slice(began).split('\n');
  await client.quit();
  // TLS hides what is written to the connection: the first write is the 354, the second the 250.
  return during.flatMap((line) => word(line, id));
}

/** The trace, when strace has written all that has happened. */
async function quietTrace(): Promise<string> {
  for (let before = ''; ;) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const now = readFileSync(traceFile, 'utf8');
    if (now === before) return now;
    before = now;
  }
}

function word(line: string, id: string): string[] {
  const call = /^\d+ +(\w+)\((.*)/.exec(line);
  if (call === null) return [];
  const [, name = '', rest = ''] = call;
  if (/<(?:TCP|socket):/i.test(rest.slice(0, 60)) && /write|send/.test(name)) return ['reply'];
  if (name === 'fsync' || name === 'fdatasync') {
    if (/mail\.sqlite-wal>/.test(rest)) return ['sync log'];
    if (/\/tmp\//.test(rest.slice(rest.indexOf('data')))) return ['sync file'];
    if (/\/blobs\/[0-9a-f]{2}>/.test(rest)) return ['sync directory'];
    return [];
  }
  return /^rename/.test(name) && rest.includes(id) ? ['rename'] : [];
}

describe('the 250 is written after everything is on disk', () => {
  test('a small mail: the row is synced first', async () => {
    const calls = await callsBefore250('small', 1000);
    const synced = calls.indexOf('sync log');
    expect(synced).toBeGreaterThanOrEqual(0);
    expect(calls.indexOf('rename')).toBe(-1);
    // One reply is the 354; the next one, the 250, comes after the sync.
    expect(calls.slice(0, synced).filter((call) => call === 'reply')).toHaveLength(1);
    expect(calls.slice(synced)).toContain('reply');
  });

  test('a mail of 1 MiB: file, rename, directory, and then the row are synced first', async () => {
    const calls = await callsBefore250('large', 1024 * 1024);
    const order = ['sync file', 'rename', 'sync directory', 'sync log'];
    const positions = order.map((call) => calls.indexOf(call));
    expect(positions.every((position) => position >= 0)).toBe(true);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(calls.slice(0, positions.at(-1)).filter((call) => call === 'reply')).toHaveLength(1);
    expect(calls.slice(positions.at(-1))).toContain('reply');
  });
});
