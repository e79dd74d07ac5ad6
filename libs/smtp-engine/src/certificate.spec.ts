import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import { selfSignedCertificate } from './certificate.js';

describe('selfSignedCertificate', () => {
  let made: { key: string; cert: string };
  let server: Server;

  beforeAll(async () => {
    made = await selfSignedCertificate(['mx.example', '*.mail.example', '127.0.0.1', '::1'], { days: 30 });
    server = createServer(made, (socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** A handshake of a client that trusts nothing but this certificate. */
  async function handshake(name: { servername?: string; host?: string }): Promise<boolean> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', ca: made.cert, ...name });
    try {
      await once(socket, 'secureConnect');
      return socket.authorized;
    } finally {
      socket.destroy();
    }
  }

  test.each([{ servername: 'mx.example' }, { servername: 'a.mail.example' }, { host: '127.0.0.1' }])(
    'is valid for %j',
    async (name) => expect(await handshake(name)).toBe(true),
  );

  test('is valid for nobody else', async () => {
    await expect(handshake({ servername: 'other.example' })).rejects.toThrow('altnames');
  });

  test('is a P-256 certificate with the validity asked for, from yesterday on', () => {
    const cert = new X509Certificate(made.cert);
    expect(cert.subject).toBe('CN=mx.example');
    expect(cert.subjectAltName).toContain('IP Address:127.0.0.1');
    expect(cert.subjectAltName).toContain('IP Address:0:0:0:0:0:0:0:1');
    expect(cert.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    const day = 24 * 3_600_000;
    expect(Math.abs(Date.parse(cert.validFrom) - (Date.now() - day))).toBeLessThan(day / 2);
    expect(Math.abs(Date.parse(cert.validTo) - (Date.now() + 30 * day))).toBeLessThan(day / 2);
  });

  test('is valid for a year unless it is said otherwise, and never made twice', async () => {
    const [one, other] = await Promise.all([selfSignedCertificate(['a']), selfSignedCertificate(['a'])]);
    const certs = [one, other].map(({ cert }) => new X509Certificate(cert));
    expect(certs[0]!.serialNumber).not.toBe(certs[1]!.serialNumber);
    const year = Date.parse(certs[0]!.validTo) - Date.now();
    expect(Math.abs(year - 365 * 24 * 3_600_000)).toBeLessThan(3_600_000);
  });

  test('has a name even without one', async () => {
    const { cert } = await selfSignedCertificate([]);
    expect(new X509Certificate(cert).subject).toBe('CN=localhost');
    expect(new X509Certificate(cert).checkHost('localhost')).toBe('localhost');
  });
});
