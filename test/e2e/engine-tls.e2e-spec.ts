import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type Backend, selfSignedCertificate, SmtpServer, type SmtpServerOptions } from 'smtp-engine';
import { memoryPair } from 'smtp-engine/testing';
import { certificate, type Engine, eventually, Peer, startEngine } from '../support/engine.js';

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Peer> {
  engine = await startEngine(backend, options);
  const peer = await engine.connect();
  await peer.reply();
  return peer;
}

async function othersAreServed(): Promise<void> {
  for (const peer of [await engine.connect(), await engine.connectSecure()]) {
    expect(await peer.reply()).toMatch(/^220 /);
    peer.socket.destroy();
  }
}

describe('STARTTLS', () => {
  test('encrypts, and all that was said before is forgotten', async () => {
    const peer = await start({ auth: () => true }, { allowInsecureAuth: true });
    await peer.command('EHLO before');
    await peer.command('AUTH PLAIN AGEAYg==');
    await peer.command('MAIL FROM:<a@b>');
    expect(await peer.command('STARTTLS')).toBe('220 2.0.0 Ready to start TLS\r\n');
    const socket = await peer.startTls();
    expect(socket.getProtocol()).toBe('TLSv1.3');
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('503 5.5.1 Send EHLO or HELO first\r\n');
    const [session] = engine.sessions;
    expect(session!.secure).toBe(true);
    expect(session).toMatchObject({
      isAuthenticated: false,
      user: undefined,
      openingCommand: false,
      hostNameAppearsAs: false,
      envelope: undefined,
      transmissionType: 'ESMTPS',
      tlsOptions: { name: socket.getCipher().name, version: 'TLSv1.3' },
    });
    expect(await peer.command('EHLO after')).not.toContain('STARTTLS');
    expect(await peer.command('STARTTLS')).toMatch(/^503 /);
  });

  test.each([
    ['in the same segment', 'STARTTLS\r\nEHLO injected\r\nMAIL FROM:<a@b>\r\n'],
    ['in pieces', 'STARTTLS\r\nEHLO inj'],
    ['by the hundred', `STARTTLS\r\n${'NOOP\r\n'.repeat(500)}`],
  ])('throws away what was sent in clear text behind it: %s', async (_what, text) => {
    const peer = await start();
    peer.write(text);
    expect(await peer.reply()).toMatch(/^220 /);
    await peer.startTls();
    expect(await peer.command('NOOP')).toBe('250 2.0.0 OK\r\n');
    expect(engine.sessions[0]!.openingCommand).toBe(false);
    expect(peer.received).toBe('');
  });

  describe('when a slow hook let clear text wait behind it', () => {
    /** HELO, whose hook is busy until STARTTLS and that many octets wait. */
    async function wait(octets: number): Promise<{ peer: Peer; unread: number }> {
      let finish: () => void = () => undefined;
      const busy = new Promise<void>((resolve) => (finish = resolve));
      const peer = await start({ hello: () => busy });
      peer.write('HELO client\r\nSTARTTLS\r\n', 'NOOP\r\n'.repeat(octets / 6));
      await sleep(50);
      const { transport } = (engine.sessions[0] as unknown as { conversation: { transport: { stream: Duplex } } })
        .conversation;
      const unread = transport.stream.readableLength;
      finish();
      expect(await peer.reply()).toMatch(/^250 /);
      expect(await peer.reply()).toMatch(/^220 /);
      return { peer, unread };
    }

    test('what waits in this process is thrown away', async () => {
      const { peer, unread } = await wait(150_000);
      expect(unread).toBeGreaterThan(0); // reading was paused, and some has come in since
      await peer.startTls();
      expect(await peer.command('NOOP')).toMatch(/^250 /);
      expect(engine.sessions[0]!.openingCommand).toBe(false);
    });

    test('what waits in the network comes in place of a handshake', async () => {
      const { peer } = await wait(600_000);
      expect(await peer.rest()).not.toContain('250');
      await othersAreServed();
    });
  });

  test('clear text in the segment before the handshake makes the handshake fail', async () => {
    const peer = await start();
    await peer.command('STARTTLS');
    peer.write('EHLO injected\r\n');
    await expect(peer.startTls()).rejects.toThrow();
    await eventually(() => engine.server.connections().length === 0);
    expect(engine.sessions[0]!.openingCommand).toBe(false);
    expect(engine.errors).toHaveLength(1);
    await othersAreServed();
  });

  test.each([
    ['noise', Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 97) % 256))],
    ['zeros', Buffer.alloc(2000)],
    ['an alert', Buffer.from('15030100020228', 'hex')],
    ['a broken ClientHello', Buffer.from('1603010005010000ffff', 'hex')],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('%s in place of a ClientHello ends the connection', async (_what, octets) => {
    const peer = await start({}, { handshakeTimeoutMs: 300 });
    await peer.command('STARTTLS');
    peer.write(octets);
    await peer.rest();
    await eventually(() => engine.server.connections().length === 0);
    expect(engine.errors).toHaveLength(1);
    await othersAreServed();
  });

  test.each([
    ['closes', (peer: Peer) => peer.socket.destroy()],
    ['resets', (peer: Peer) => peer.reset()],
    ['closes its side', (peer: Peer) => void peer.socket.end()],
  ])('a client that %s in place of a ClientHello', async (_what, leave) => {
    const peer = await start();
    await peer.command('STARTTLS');
    leave(peer);
    await eventually(() => engine.server.connections().length === 0);
    await othersAreServed();
  });

  test('a client that does not trust us is no harm', async () => {
    const peer = await start();
    await peer.command('STARTTLS');
    const socket = connectTls({ socket: peer.socket, servername: 'mx.example' });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    await eventually(() => engine.server.connections().length === 0);
    await othersAreServed();
  });

  test('a server without a certificate says so', async () => {
    engine = await startEngine();
    const server = new SmtpServer({ name: 'mx', authOptional: true, recipients: 'any' });
    server.addListener();
    const [ours, theirs] = memoryPair();
    server.accept(theirs);
    const peer = new Peer(ours);
    await peer.reply();
    expect(await peer.command('EHLO client')).not.toContain('STARTTLS');
    expect(await peer.command('STARTTLS')).toBe('454 4.7.0 TLS not available due to temporary reason\r\n');
    ours.destroy();
    await server.close();
  });
});

describe('implicit TLS', () => {
  test.each([
    ['clear text', 'EHLO client\r\n'],
    ['zeros', Buffer.alloc(2000)],
    ['half a ClientHello and the end', Buffer.from('16030100c8', 'hex')],
  ])('%s: nothing is said, the connection ends', async (_what, octets) => {
    await start({}, { handshakeTimeoutMs: 300 });
    const peer = new Peer(connectTcp({ port: engine.securePort, host: '127.0.0.1', allowHalfOpen: true }));
    peer.write(octets);
    // A TLS alert at the most.
    expect(await peer.rest()).not.toMatch(/220|421|EHLO/);
    await eventually(() => engine.server.connections().length === 1);
    await othersAreServed();
  });

  test('a connection that is brought, with its ClientHello read already', async () => {
    engine = await startEngine();
    const server = new SmtpServer({
      name: 'mx',
      secure: true,
      authOptional: true,
      recipients: 'any',
      ...(await certificate),
    });
    server.addListener();
    const [ours, theirs] = memoryPair();
    const client = connectTls({ socket: ours, rejectUnauthorized: false });
    const peer = new Peer(client);
    theirs.pause();
    await sleep(20);
    theirs.read(0);
    await sleep(20);
    expect(theirs.readableLength).toBeGreaterThan(0);
    const session = server.accept(theirs);
    expect(await peer.reply()).toMatch(/^220 /);
    expect(session.secure).toBe(true);
    client.destroy();
    await server.close();
  });

  test('maxClients: one more is not told so in clear text', async () => {
    engine = await startEngine({}, { maxClients: 1 });
    await engine.connectSecure();
    const peer = new Peer(connectTcp({ port: engine.securePort, host: '127.0.0.1' }));
    expect(await peer.rest()).toBe('');
  });

  test('tells what was negotiated', async () => {
    await start();
    const socket = connectTls({
      port: engine.securePort,
      host: '127.0.0.1',
      servername: 'mx.example',
      maxVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    });
    const peer = new Peer(socket);
    await peer.reply();
    expect(engine.sessions.at(-1)).toMatchObject({
      servername: 'mx.example',
      tlsOptions: { version: 'TLSv1.2' },
    });
    expect(engine.sessions.map(({ secure }) => secure)).toEqual([false, true]);
    expect(engine.sessions[0]).toMatchObject({ servername: false, tlsOptions: false });
    socket.destroy();
  });

  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is too old', async (version) => {
    await start();
    const socket = connectTls({
      port: engine.securePort,
      host: '127.0.0.1',
      minVersion: version,
      maxVersion: version,
      ciphers: 'ALL:@SECLEVEL=0',
      rejectUnauthorized: false,
    });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    await othersAreServed();
  });
});

test('TLS on the clear port is answered like any other nonsense', async () => {
  engine = await startEngine({}, { socketTimeout: 300 });
  const socket = connectTls({ port: engine.port, host: '127.0.0.1', rejectUnauthorized: false });
  await expect(once(socket, 'secureConnect')).rejects.toThrow();
  await eventually(() => engine.server.connections().length === 0);
  await othersAreServed();
});

describe('half-close: a client that has said all it had to say still gets its replies', () => {
  const slow: Backend = { rcpt: () => sleep(30), data: (message) => sleep(30).then(() => message.discard()) };
  const GROUP = 'EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n';

  test.each(['in clear', 'over STARTTLS', 'over implicit TLS'])('%s', async (how) => {
    let peer = await start(slow);
    if (how === 'over STARTTLS') {
      await peer.command('STARTTLS');
      await peer.startTls();
    } else if (how === 'over implicit TLS') {
      peer = await engine.connectSecure();
      await peer.reply();
    }
    peer.socket.end(GROUP);
    expect(await peer.rest()).toMatch(/^250-[^]*\r\n250 2\.1\.0 Sender OK\r\n250 2\.1\.5 Recipient OK\r\n$/);
    await eventually(() => !engine.server.connections().includes(engine.sessions.at(-1)!));
  });

  test.each(['in clear', 'over TLS'])('behind the end of a message, %s', async (how) => {
    let peer = await start(slow);
    if (how === 'over TLS') {
      peer = await engine.connectSecure();
    }
    expect(await peer.beginMessage()).toMatch(/^354 /);
    peer.socket.end('text\r\n.\r\n');
    expect(await peer.rest()).toBe('250 2.6.0 Message accepted\r\n');
  });

  test('behind STARTTLS the connection ends, for there will be no handshake', async () => {
    engine = await startEngine({ hello: () => sleep(20) });
    const peer = await engine.connect();
    peer.write('HELO client\r\nSTARTTLS\r\n');
    peer.socket.end();
    expect(await peer.rest()).toMatch(/^220 .*\r\n250 .*\r\n220 2\.0\.0 Ready to start TLS\r\n$/);
    expect(engine.errors).toEqual([]);
  });

  test('an unfinished command behind them is not answered', async () => {
    const peer = await start(slow);
    peer.socket.end('NOOP\r\nNOO');
    expect(await peer.rest()).toBe('250 2.0.0 OK\r\n');
  });

  test('within an AUTH exchange the connection ends', async () => {
    const peer = await start({ auth: () => true }, { allowInsecureAuth: true });
    await peer.command('HELO client');
    peer.socket.end('AUTH LOGIN\r\n');
    expect(await peer.rest()).toMatch(/^334 [^\r]*\r\n$/);
  });
});

describe('updateSecureContext', () => {
  async function serial(socket: TLSSocket): Promise<string> {
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  }
  const dial = (): TLSSocket => connectTls({ port: engine.securePort, host: '127.0.0.1', rejectUnauthorized: false });

  test('holds for the connections to come; a bad one changes nothing', async () => {
    const peer = await start();
    const before = await serial(dial());
    engine.server.updateSecureContext(await selfSignedCertificate(['mx.example']));
    const after = await serial(dial());
    expect(after).not.toBe(before);
    expect(() => engine.server.updateSecureContext({ key: 'no key' })).toThrow();
    expect(await serial(dial())).toBe(after);
    expect(await peer.command('STARTTLS')).toMatch(/^220 /);
    const secured = await peer.startTls();
    expect(secured.getPeerCertificate().serialNumber).toBe(after);
  });
});
