import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from 'smtp-engine';
import { Peer } from '../support/engine.js';
import { libraries, missingInOurs } from './support/libraries.js';
import { type Running, start } from './support/running.js';

const other = await selfSignedCertificate(['other.example']);

describe.each(libraries)('TLS of %s', (library, SMTPServer) => {
  let running: Running;
  afterEach(() => running.stop());

  async function secured(servername = 'mx.example'): Promise<TLSSocket> {
    const socket = connectTls({ port: running.port, host: '127.0.0.1', servername, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  }

  async function fingerprint(servername?: string): Promise<string> {
    const socket = await secured(servername);
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  test.each([{ secure: true }, { secure: true, needsUpgrade: true }])('from the first octet: %j', async (options) => {
    const seen: [TLSSocket, unknown][] = [];
    running = await start(SMTPServer, {
      ...options,
      onSecure: (socket, session, callback) => (seen.push([socket as TLSSocket, session.servername]), callback()),
    });
    const peer = new Peer(await secured('some.example'));
    expect(await peer.reply()).toBe('220 mx.example ESMTP\r\n');
    expect(await peer.command('EHLO client')).not.toContain('STARTTLS');
    expect(await peer.command('STARTTLS')).toBe('503 Error: TLS already active\r\n');
    // With needsUpgrade smtp-server asks twice.
    expect(seen.map(([socket, name]) => [socket.encrypted, name])).toContainEqual([true, 'some.example']);
    peer.socket.destroy();
  });

  test('secured: somebody else has done the handshake', async () => {
    running = await start(SMTPServer, { secure: true, secured: true });
    const peer = await running.dial();
    await peer.reply();
    expect(await peer.command('EHLO client')).not.toContain('STARTTLS');
  });

  test('updateSecureContext changes the certificate of the next client', async () => {
    running = await start(SMTPServer, { secure: true });
    const before = await fingerprint();
    const context = running.server.secureContext.get('*');
    running.server.updateSecureContext({ key: other.key, cert: other.cert });
    expect(running.server.secureContext.get('*')).not.toBe(context);
    const after = await fingerprint();
    expect(after).not.toBe(before);
    expect(await fingerprint()).toBe(after);
  });

  test.each([
    ['an object', { 'other.example': other }],
    ['a Map', new Map([['other.example', other]])],
  ])('sniOptions as %s', async (_what, sniOptions) => {
    running = await start(SMTPServer, { secure: true, sniOptions });
    expect([...running.server.secureContext.keys()]).toEqual(['*', 'other.example']);
    expect(await fingerprint('other.example')).not.toBe(await fingerprint('mx.example'));
    expect(await fingerprint('OTHER.example')).toBe(await fingerprint('other.example'));
  });

  test('SNICallback goes before sniOptions', async () => {
    const asked: string[] = [];
    running = await start(SMTPServer, {
      secure: true,
      sniOptions: { 'other.example': other },
      SNICallback: (name, callback) => (asked.push(name), callback(null)),
    });
    expect(await fingerprint('other.example')).toBe(await fingerprint('mx.example'));
    expect(asked).toEqual(['other.example', 'mx.example']);
  });

  test('hideSTARTTLS hides, and no more', async () => {
    running = await start(SMTPServer, { hideSTARTTLS: true });
    const peer = await running.dial();
    await peer.reply();
    expect(await peer.command('EHLO client')).not.toContain('STARTTLS');
    expect(await peer.command('STARTTLS')).toBe('220 Ready to start TLS\r\n');
    await peer.startTls();
    expect(await peer.command('NOOP')).toBe('250 OK\r\n');
  });

  missingInOurs(library)('a handshake that fails is an error event that tells where', async () => {
    running = await start(SMTPServer, { secure: true });
    const peer = await running.dial();
    const failed = once(running.server, 'error');
    peer.write('EHLO plain\r\n');
    const [error] = (await failed) as [Error & { remoteAddress?: string; meta?: object }];
    expect(error.meta).toMatchObject({ protocol: 'smtp', stage: 'connect', remoteAddress: '127.0.0.1' });
  });
});
