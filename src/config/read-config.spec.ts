import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Test } from '@nestjs/testing';
import { selfSignedCertificate } from 'smtp-engine';
import { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { ConfigModule } from './config.module.js';
import { domainNameOf } from './environment.js';
import { readConfig } from './read-config.js';

function problemsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('readConfig', () => {
  let folder: string;
  let tls: { TLS_KEY_FILE: string; TLS_CERT_FILE: string };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'read-config-'));
    const { key, cert } = await selfSignedCertificate(['mx.example.com']);
    tls = { TLS_KEY_FILE: join(folder, 'key.pem'), TLS_CERT_FILE: join(folder, 'cert.pem') };
    writeFileSync(tls.TLS_KEY_FILE, key);
    writeFileSync(tls.TLS_CERT_FILE, cert);
    writeFileSync(join(folder, 'other-key.pem'), (await selfSignedCertificate(['other.example'])).key);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has a default for everything in development; an empty variable is one that is not set', () => {
    const empty = { SMTP_PORT: '', DATA_DIR: '', BOOTSTRAP_USER: '', ADMIN_TOKEN: '', TLS_KEY_FILE: '', SMTP_NAME: '' };
    for (const environment of [{}, empty]) {
      const { smtpName, ...rest } = readConfig(environment);
      expect(rest).toEqual({
        production: false,
        smtpPort: 2525,
        smtpsPort: 2465,
        httpPort: 3000,
        bindAddress: '127.0.0.1',
        dataDir: resolve('data'),
        maxMessageBytes: 52_428_800,
        workers: 1,
        maxClients: undefined,
        maxClientsPerAddress: undefined,
        maxLoginFailures: 500,
        tlsKeyFile: undefined,
        tlsCertFile: undefined,
        bootstrapUser: undefined,
        bootstrapPassword: undefined,
        adminToken: undefined,
      });
      expect(problemsOf({ SMTP_NAME: smtpName })).toBe('');
    }
  });

  test('takes every variable, and cannot be changed', () => {
    const config = readConfig({
      NODE_ENV: 'production',
      SMTP_PORT: '25',
      SMTPS_PORT: '465',
      HTTP_PORT: '0',
      BIND_ADDRESS: '::',
      DATA_DIR: '/var/lib/mail',
      SMTP_NAME: 'mx.example.com',
      MAX_MESSAGE_BYTES: '1000',
      WORKERS: '4',
      MAX_CLIENTS: '5000',
      MAX_CLIENTS_PER_ADDRESS: '50',
      MAX_LOGIN_FAILURES: '20',
      BOOTSTRAP_USER: 'ann@example.com',
      BOOTSTRAP_PASSWORD: 'pass phrase ü',
      ADMIN_TOKEN: 'aZ09._~+/-=',
      ...tls,
    });
    expect(config).toEqual({
      production: true,
      smtpPort: 25,
      smtpsPort: 465,
      httpPort: 0,
      bindAddress: '::',
      dataDir: '/var/lib/mail',
      smtpName: 'mx.example.com',
      maxMessageBytes: 1000,
      workers: 4,
      maxClients: 5000,
      maxClientsPerAddress: 50,
      maxLoginFailures: 20,
      tlsKeyFile: tls.TLS_KEY_FILE,
      tlsCertFile: tls.TLS_CERT_FILE,
      bootstrapUser: 'ann@example.com',
      bootstrapPassword: 'pass phrase ü',
      adminToken: 'aZ09._~+/-=',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test.each([
    ['SMTP_PORT', '25x'],
    ['SMTP_PORT', ' 25'],
    ['SMTP_PORT', '+25'],
    ['SMTPS_PORT', '65536'],
    ['HTTP_PORT', '-1'],
    ['HTTP_PORT', '80.5'],
    ['HTTP_PORT', '1e3'],
    ['HTTP_PORT', '0x50'],
    ['BIND_ADDRESS', 'localhost'],
    ['BIND_ADDRESS', '127.0.0'],
    ['SMTP_NAME', 'mx_1.example.com'],
    ['SMTP_NAME', 'mx.example.com.'],
    ['SMTP_NAME', '192.0.2.1'],
    ['MAX_MESSAGE_BYTES', '0'],
    ['MAX_MESSAGE_BYTES', '50MB'],
    ['WORKERS', '0'],
    ['WORKERS', '65'],
    ['MAX_CLIENTS', 'many'],
    ['MAX_CLIENTS_PER_ADDRESS', '0'],
    ['MAX_LOGIN_FAILURES', '-1'],
  ])('refuses %s=%j, shows it, and says what to write', (variable, value) => {
    expect(problemsOf({ [variable]: value })).toMatch(
      new RegExp(
        `^The configuration is not valid:\n  ${variable}: is ${JSON.stringify(value).replace(/[+.]/g, '\\$&')}; write .+$`,
      ),
    );
  });

  test.each([
    ['BOOTSTRAP_PASSWORD', 'x'.repeat(1025)],
    ['BOOTSTRAP_PASSWORD', 'secret\u0000more'],
    ['ADMIN_TOKEN', 'secret with spaces'],
    ['ADMIN_TOKEN', 'secretü'],
  ])('refuses %s without showing its value', (variable, value) => {
    const text = problemsOf({ BOOTSTRAP_USER: 'ann', BOOTSTRAP_PASSWORD: 'fine', [variable]: value });
    expect(text).toContain(`  ${variable}: cannot be used; write a `);
    expect(text).not.toContain(value);
    expect(text).not.toContain('secret');
  });

  test.each([
    ['two ports of one number', { SMTP_PORT: '2000', HTTP_PORT: '2000' }, 'HTTP_PORT: is 2000, as SMTP_PORT is'],
    ['a port that is the default of another', { SMTP_PORT: '3000' }, 'HTTP_PORT: is 3000, as SMTP_PORT is'],
    ['a key without a certificate', { TLS_KEY_FILE: '/dev/null' }, 'TLS_CERT_FILE: is not set, but TLS_KEY_FILE is'],
    ['a user without a password', { BOOTSTRAP_USER: 'a' }, 'BOOTSTRAP_PASSWORD: is not set, but BOOTSTRAP_USER is'],
    ['a password without a user', { BOOTSTRAP_PASSWORD: 'a' }, 'BOOTSTRAP_USER: is not set, but BOOTSTRAP_PASSWORD is'],
  ])('refuses %s', (_what, environment, line) => {
    expect(problemsOf(environment)).toContain(`\n  ${line}; `);
  });

  test('lets every port be a free one', () => {
    expect(problemsOf({ SMTP_PORT: '0', SMTPS_PORT: '0', HTTP_PORT: '0' })).toBe('');
  });

  test('reads the TLS files', () => {
    expect(problemsOf({ ...tls, TLS_KEY_FILE: join(folder, 'none.pem') })).toMatch(
      /^.+\n {2}TLS_KEY_FILE: cannot be read \(ENOENT.+none\.pem'\); name a PEM file that this user may read$/,
    );
    expect(problemsOf({ ...tls, TLS_CERT_FILE: folder })).toContain('TLS_CERT_FILE: cannot be read (EISDIR');
    expect(problemsOf({ ...tls, TLS_KEY_FILE: join(folder, 'other-key.pem') })).toContain(
      'TLS_CERT_FILE: and TLS_KEY_FILE do not go together (',
    );
    expect(problemsOf({ ...tls, TLS_KEY_FILE: tls.TLS_CERT_FILE })).toContain('do not go together (');
  });

  test('requires in production what development makes for itself', () => {
    const lines = problemsOf({ NODE_ENV: 'production' }).split('\n').slice(1);
    expect(lines.map((line) => line.split(' is required')[0]?.trim())).toEqual([
      'TLS_KEY_FILE:',
      'TLS_CERT_FILE:',
      'ADMIN_TOKEN:',
    ]);
  });

  test('reports all problems together, in the order of the documentation', () => {
    const text = problemsOf({
      NODE_ENV: 'production',
      SMTP_PORT: 'smtp',
      HTTP_PORT: '2465',
      SMTP_NAME: '-',
      MAX_MESSAGE_BYTES: 'many',
      TLS_KEY_FILE: '/none',
      BOOTSTRAP_PASSWORD: 'secret',
    });
    expect(text.match(/^ {2}\w+/gm)?.map((name) => name.trim())).toEqual([
      'SMTP_PORT',
      'HTTP_PORT',
      'SMTP_NAME',
      'MAX_MESSAGE_BYTES',
      'TLS_KEY_FILE',
      'TLS_CERT_FILE',
      'BOOTSTRAP_USER',
      'ADMIN_TOKEN',
    ]);
    expect(text).not.toContain('secret');
  });
});

describe('domainNameOf', () => {
  test.each([
    ['mx.example.com', 'mx.example.com'],
    ['my_host', 'my-host'],
    ["Ann's laptop.local", 'Ann-s-laptop.local'],
    ['-x-.', 'x'],
    ['', 'localhost'],
    ['___', 'localhost'],
    ['10.0.0.1', 'localhost'],
    ['rechner-ü', 'rechner'],
  ])('makes of host %j the name %j', (host, name) => {
    expect(domainNameOf(host)).toBe(name);
  });
});

describe('ConfigModule', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test('provides AppConfig to all', async () => {
    process.env['SMTP_PORT'] = '2626';
    const module = await Test.createTestingModule({ imports: [ConfigModule] }).compile();
    expect(module.get(AppConfig).smtpPort).toBe(2626);
    await module.close();
  });

  test('fails the start with all problems', async () => {
    process.env['SMTP_PORT'] = 'x';
    process.env['HTTP_PORT'] = 'y';
    const compiling = Test.createTestingModule({ imports: [ConfigModule] }).compile();
    await expect(compiling).rejects.toThrow(ConfigError);
    await expect(compiling).rejects.toThrow(/SMTP_PORT[^]+HTTP_PORT/);
  });
});
