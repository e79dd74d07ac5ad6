import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AppProcess,
  launchApp,
  removeFolder,
  startApp,
  temporaryFolder,
  TEST_TOKEN,
} from '../support/app-process.js';
import { logIn, sendMail } from '../support/smtp.js';

let dataDir: string;
let apps: AppProcess[];
const started = async (options?: Parameters<typeof startApp>[1]): Promise<AppProcess> => {
  const app = await startApp(dataDir, options);
  apps.push(app);
  return app;
};

beforeEach(() => {
  dataDir = temporaryFolder();
  apps = [];
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop('SIGKILL')));
  removeFolder(dataDir);
});

const subjects = async (app: AppProcess): Promise<string[]> => {
  const { items } = (await (await app.api('/api/messages')).json()) as { items: { subject: string }[] };
  return items.map(({ subject }) => subject);
};

describe('stopping', () => {
  test('SIGTERM ends with 0, and a second start shows what was there', async () => {
    const first = await started();
    await sendMail(first, { subject: 'kept', text: 'x' });
    expect(await first.stop()).toBe(0);
    const second = await started();
    expect(await subjects(second)).toEqual(['kept']);
  });

  test('a transaction that runs is finished; an idle client gets 421', async () => {
    const app = await started();
    const busy = await logIn(app);
    const idle = await logIn(app);
    await busy.command('MAIL FROM:<me@example.org>');
    await busy.command('RCPT TO:<you@example.org>');
    await busy.command('DATA');
    const exit = app.stop();
    expect(await idle.reply()).toMatchObject({ code: 421, enhanced: '4.3.2' });
    expect(await busy.command('Subject: finished\r\n\r\nx\r\n.')).toMatchObject({ code: 250 });
    expect(await busy.reply()).toMatchObject({ code: 421 });
    expect(await exit).toBe(0);
    expect(await subjects(await started())).toEqual(['finished']);
  });

  test('an open page with its live updates does not hold up the end', async () => {
    const app = await started();
    const events = await fetch(new URL('/events', app.url), { headers: { cookie: `smtp_admin=${TEST_TOKEN}` } });
    expect(events.status).toBe(200);
    const began = Date.now();
    expect(await app.stop()).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
    await events.body!.cancel().catch(() => undefined);
  });
});

describe('one process for a DATA_DIR', () => {
  test('a second live process is refused with the pid of the first', async () => {
    const first = await started();
    const second = launchApp(dataDir);
    expect(await second.exit).toBe(1);
    expect(second.output).toContain(String(first.child.pid));
  });

  test('a lock that kill -9 left is not in the way', async () => {
    const first = await started();
    await first.stop('SIGKILL');
    const second = await started();
    expect((await second.api('/health/ready')).status).toBe(200);
  });
});

describe('configuration', () => {
  test('everything that is wrong is reported together, exit 1', async () => {
    const app = launchApp(dataDir, {
      env: { NODE_ENV: 'production', ADMIN_TOKEN: '', SMTP_PORT: '25x', MAX_MESSAGE_BYTES: '-1', BIND_ADDRESS: 'here' },
    });
    expect(await app.exit).toBe(1);
    for (const variable of [
      'ADMIN_TOKEN',
      'SMTP_PORT',
      'MAX_MESSAGE_BYTES',
      'BIND_ADDRESS',
      'TLS_KEY_FILE',
      'TLS_CERT_FILE',
    ]) {
      expect(app.output).toContain(variable);
    }
  });

  test('a port that is taken is said in one line, exit 1', async () => {
    const first = await started();
    const folder = temporaryFolder();
    const second = launchApp(folder, { env: { SMTP_PORT: String(first.smtpPort) } });
    expect(await second.exit).toBe(1);
    expect(second.output).toMatch(/EADDRINUSE/);
    removeFolder(folder);
  });

  test('with nothing configured it makes account, certificate and token, says so once, and keeps them for itself', async () => {
    const nothing = { BOOTSTRAP_USER: undefined, BOOTSTRAP_PASSWORD: undefined, ADMIN_TOKEN: undefined };
    const first = await started({ env: nothing });
    const password = /user demo, password (\S+)/.exec(first.output)![1]!;
    const token = /shown this once: (\S{40,})$/m.exec(first.output)![1]!;
    expect(await sendMail(first, { subject: 'first', text: 'x' }, { user: 'demo', pass: password })).toMatch(/^250 /);
    expect((await first.api('/api/messages', token)).status).toBe(200);
    for (const file of ['admin-token', 'tls-key.pem']) {
      expect(statSync(join(dataDir, 'secrets', file)).mode & 0o777).toBe(0o600);
    }
    expect(await first.stop()).toBe(0);

    const second = await started({ env: nothing });
    expect(second.output).not.toContain(token);
    expect(second.output).not.toContain(password);
    expect(await sendMail(second, { subject: 'second', text: 'x' }, { user: 'demo', pass: password })).toMatch(/^250 /);
    expect((await second.api('/api/messages', token)).status).toBe(200);
  });
});
