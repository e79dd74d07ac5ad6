import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { selfSignedCertificate } from 'smtp-engine';
import { readOrCreateAdminToken, readOrCreateCertificate, readOrCreateSecret } from './secrets.js';

describe('secrets that the application keeps for itself', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('a secret is made once, for its owner only', async () => {
    const file = join(folder, 'secret');
    expect(await readOrCreateSecret(file, () => 'first')).toEqual({ value: 'first', created: true, file });
    expect(await readOrCreateSecret(file, () => 'second')).toEqual({ value: 'first', created: false, file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret']);
  });

  test('an empty file is no secret', async () => {
    const file = join(folder, 'secret');
    await writeFile(file, '\n');
    expect(await readOrCreateSecret(file, () => 'made')).toEqual({ value: 'made', created: true, file });
  });

  test('a folder that is not there is an error, not a new secret each time', async () => {
    await expect(readOrCreateAdminToken(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });

  test('the admin token has 256 bits and stands in URLs and headers as it is', async () => {
    const { value } = await readOrCreateAdminToken(folder);
    expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('the certificate is made once, names the server and this machine, and works', async () => {
    const made = await readOrCreateCertificate(folder, 'mx.example.com');
    expect(made.created).toBe(true);
    const again = await readOrCreateCertificate(folder, 'mx.example.com');
    expect(again).toEqual({ ...made, created: false });
    expect(await readFile(made.certFile, 'utf8')).toBe(made.cert);
    expect((await stat(made.keyFile)).mode & 0o777).toBe(0o600);

    const certificate = new X509Certificate(made.cert);
    for (const name of ['mx.example.com', 'localhost']) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address);
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(365);
    expect(days).toBeLessThan(731);
    createSecureContext(made);
  });

  test.each([
    [
      'has expired',
      async (key: string, cert: string) => {
        const expired = await selfSignedCertificate(['mx.example.com'], { days: -0.5 });
        await writeFile(key, expired.key);
        await writeFile(cert, expired.cert);
      },
    ],
    [
      'names another server',
      async (key: string, cert: string) => {
        const other = await selfSignedCertificate(['other.example.com']);
        await writeFile(key, other.key);
        await writeFile(cert, other.cert);
      },
    ],
    [
      'does not go with the key',
      async (_key: string, cert: string) => {
        await writeFile(cert, (await selfSignedCertificate(['mx.example.com'])).cert);
      },
    ],
    ['is broken', async (_key: string, cert: string) => writeFile(cert, 'no PEM')],
    ['is not there', async (_key: string, cert: string) => rm(cert)],
  ])('a certificate that %s is made again', async (_what, spoil) => {
    const { keyFile, certFile } = await readOrCreateCertificate(folder, 'mx.example.com');
    await spoil(keyFile, certFile);
    const made = await readOrCreateCertificate(folder, 'mx.example.com');
    expect(made.created).toBe(true);
    createSecureContext(made);
  });
});
