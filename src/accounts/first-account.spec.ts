import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { selfSignedCertificate } from 'smtp-engine';
import { ConfigModule } from '../config/config.module.js';
import { DataDirInUseError } from '../store/process-lock.js';
import { MessageStore } from '../store/message-store.js';
import { ServerSecrets } from '../store/server-secrets.js';
import { StoreModule } from '../store/store.module.js';
import { AccountDirectory } from './account-directory.js';
import { AccountsModule } from './accounts.module.js';
import { FirstAccount } from './first-account.js';

describe('the first account, and what else a first start makes', () => {
  const before = { ...process.env };
  let root: string;
  let app: INestApplicationContext;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'first-start-'));
  });
  afterEach(async () => {
    await app.close();
    process.env = { ...before };
    await rm(root, { recursive: true, force: true });
  });

  async function start(environment: Record<string, string> = {}): Promise<FirstAccount> {
    process.env = { ...before, DATA_DIR: join(root, 'data'), ...environment };
    const module = Test.createTestingModule({ imports: [ConfigModule, StoreModule, AccountsModule] });
    app = await (await module.compile()).init();
    return app.get(FirstAccount);
  }

  test('development: made once, with a password that is told once', async () => {
    const first = await start();
    expect(first).toEqual({ username: 'demo', password: expect.stringMatching(/^[0-9a-f]{30}$/), created: true });
    expect(await app.get(AccountDirectory).verify('demo', first.password ?? '')).toEqual({ username: 'demo' });
    const { adminToken, tls } = app.get(ServerSecrets);
    expect([adminToken.created, tls.created, tls.selfSigned]).toEqual([true, true, true]);
    await app.close();

    expect(await start()).toEqual({ username: undefined, password: undefined, created: false });
    expect(await app.get(AccountDirectory).count()).toBe(1);
    expect(app.get(ServerSecrets)).toMatchObject({ adminToken: { value: adminToken.value, created: false } });
    expect(app.get(ServerSecrets)).toMatchObject({ tls: { cert: tls.cert, created: false } });
  });

  test('the password of development is in no file', async () => {
    const { password = '' } = await start();
    await app.close();
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      expect((await readFile(join(entry.parentPath, entry.name))).includes(password)).toBe(false);
    }
  });

  test('BOOTSTRAP_USER: made when absent, unchanged when present, never told', async () => {
    const user = { BOOTSTRAP_USER: 'ann@example.com', ADMIN_TOKEN: 'token-of-the-environment' };
    const first = await start({ ...user, BOOTSTRAP_PASSWORD: 'first' });
    expect(first).toEqual({ username: 'ann@example.com', password: undefined, created: true });
    expect(app.get(ServerSecrets).adminToken).toEqual({ value: 'token-of-the-environment', created: false });
    await app.close();

    const second = await start({ ...user, BOOTSTRAP_USER: 'ANN@example.com', BOOTSTRAP_PASSWORD: 'second' });
    expect(second).toEqual({ username: 'ANN@example.com', password: undefined, created: false });
    const accounts = app.get(AccountDirectory);
    expect(await accounts.verify('ann@example.com', 'first')).toEqual({ username: 'ann@example.com' });
    expect(await accounts.verify('ann@example.com', 'second')).toBeNull();
    expect(await accounts.count()).toBe(1);
  });

  test('production makes up neither account nor secrets', async () => {
    const { key, cert } = await selfSignedCertificate(['mx.example.com']);
    const files = { TLS_KEY_FILE: join(root, 'key.pem'), TLS_CERT_FILE: join(root, 'cert.pem') };
    await writeFile(files.TLS_KEY_FILE, key);
    await writeFile(files.TLS_CERT_FILE, cert);
    const first = await start({ NODE_ENV: 'production', ADMIN_TOKEN: 'token-of-the-environment', ...files });
    expect(first).toEqual({ username: undefined, password: undefined, created: false });
    expect(await app.get(AccountDirectory).count()).toBe(0);
    expect(app.get(ServerSecrets).tls).toMatchObject({ key, cert, created: false, selfSigned: false });
    expect(await readdir(join(root, 'data', 'secrets'))).toEqual([]);
  });

  test('a second application on the folder does not start, and the first goes on', async () => {
    await start();
    const second = Test.createTestingModule({ imports: [ConfigModule, StoreModule] }).compile();
    await expect(second).rejects.toBeInstanceOf(DataDirInUseError);
    await app.get(MessageStore).check();
  });
});
