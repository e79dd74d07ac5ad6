import { afterEach, describe, expect, test } from '@jest/globals';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, SmtpServer, type SmtpServerOptions } from 'smtp-engine';
import { connectInMemory } from 'smtp-engine/testing';
import { type Engine, eventually, type Peer, startEngine } from '../support/engine.js';

const SHUTTING_DOWN = '421 4.3.2 Server shutting down\r\n';

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Peer> {
  engine = await startEngine(backend, options);
  const peer = await engine.connect();
  await peer.reply();
  return peer;
}

/** Closes, and tells how long it took. */
async function close(): Promise<number> {
  const since = performance.now();
  await engine.server.close();
  return performance.now() - since;
}

describe('close()', () => {
  test('without connections it is done at once, and may be called again', async () => {
    engine = await startEngine({}, { closeTimeout: 30_000 });
    const closing = engine.server.close();
    expect(engine.server.close()).toBe(closing);
    await closing;
    await engine.server.close();
    expect(engine.server.addresses()).toEqual([]);
    await expect(engine.server.listen({ port: 0 })).rejects.toThrow('closing or closed');
  });

  test('without listeners it is done at once', async () => {
    engine = await startEngine();
    await new SmtpServer().close();
  });

  test.each(['idle', 'introduced', 'within a command'])('a client that is %s gets 421', async (what) => {
    const peer = await start({}, { closeTimeout: 30_000 });
    if (what !== 'idle') await peer.command('HELO client');
    if (what === 'within a command') peer.write('MAIL FR');
    await sleep(5);
    const closing = close();
    expect(await peer.rest()).toBe(SHUTTING_DOWN);
    expect(await closing).toBeLessThan(1000);
    await expect(engine.connect()).rejects.toThrow('ECONNREFUSED');
  });

  test('over TLS as well', async () => {
    engine = await startEngine({}, { closeTimeout: 30_000 });
    const peer = await engine.connectSecure();
    await peer.reply();
    const closing = close();
    expect(await peer.rest()).toBe(SHUTTING_DOWN);
    expect(await closing).toBeLessThan(1000);
  });

  test('a transaction that is open may finish', async () => {
    const peer = await start({ rcpt: () => sleep(20) }, { closeTimeout: 30_000 });
    await peer.command('EHLO client');
    await peer.command('MAIL FROM:<a@b>');
    const closing = close();
    await sleep(20);
    expect(await peer.command('RCPT TO:<c@d>')).toMatch(/^250 /);
    expect(await peer.command('DATA')).toMatch(/^354 /);
    peer.write('text\r\n.\r\nNOOP\r\n');
    expect(await peer.rest()).toBe(`250 2.6.0 Message accepted\r\n${SHUTTING_DOWN}`);
    expect(await closing).toBeLessThan(1500);
  });

  test('a transaction that is given up ends it', async () => {
    const peer = await start({}, { closeTimeout: 30_000 });
    await peer.command('EHLO client');
    await peer.command('MAIL FROM:<a@b>');
    const closing = close();
    peer.write('RSET\r\n');
    expect(await peer.rest()).toBe(`250 2.0.0 OK\r\n${SHUTTING_DOWN}`);
    await closing;
  });

  test('a hook that is busy may answer', async () => {
    const peer = await start({ mail: () => sleep(50, false) }, { closeTimeout: 30_000 });
    await peer.command('EHLO client');
    peer.write('MAIL FROM:<a@b>\r\nNOOP\r\n');
    await sleep(10);
    const closing = close();
    expect(await peer.rest()).toBe(`550 5.7.1 Refused\r\n${SHUTTING_DOWN}`);
    await closing;
  });

  test('closeTimeout cuts what is left, with 421, at once', async () => {
    const peer = await start(
      { mail: ({ localPart }) => (localPart === 'slow' ? sleep(600) : true) },
      { closeTimeout: 150 },
    );
    await peer.command('EHLO client');
    peer.write('MAIL FROM:<slow@b>\r\n');
    const open = await engine.connect();
    await open.reply();
    await open.command('EHLO client');
    await open.command('MAIL FROM:<a@b>');
    await eventually(() => engine.sessions.length === 2);
    const closing = close();
    const waiting = [peer, open].map((client) => client.read(/421 .*\r\n/));
    expect(await Promise.all(waiting)).toEqual([SHUTTING_DOWN, SHUTTING_DOWN]);
    // Neither of them closes its side, and the hook is not back yet.
    expect(await closing).toBeLessThan(500);
  });

  test('closeTimeout cuts a client that does not read, and one that does not close its side', async () => {
    const peer = await start({}, { closeTimeout: 150 });
    peer.socket.pause();
    const took = await close();
    expect(took).toBeGreaterThan(100);
    expect(took).toBeLessThan(500);
  });

  test('closeTimeout 0 cuts at once', async () => {
    const peer = await start({}, { closeTimeout: 0 });
    await peer.command('EHLO client');
    await peer.command('MAIL FROM:<a@b>');
    expect(await close()).toBeLessThan(200);
  });

  test('a late hook does not keep a connection that has been cut', async () => {
    let finish: () => void = () => undefined;
    const peer = await start(
      { mail: () => new Promise<void>((resolve) => (finish = resolve)) },
      { socketTimeout: 100 },
    );
    await peer.command('EHLO client');
    peer.write('MAIL FROM:<a@b>\r\n');
    await sleep(20);
    const [session] = engine.sessions;
    const closing = close();
    await peer.read(/421 .*\r\n/);
    finish();
    await closing;
    expect(session!.signal.aborted).toBe(true);
    expect(peer.received).toBe('');
  });

  test.each(['implicit TLS', 'STARTTLS'])('a handshake that is under way is cut: %s', async (how) => {
    const peer = await start({}, { closeTimeout: 30_000 });
    if (how === 'STARTTLS') await peer.command('STARTTLS');
    else connectTcp(engine.securePort, '127.0.0.1').on('error', () => undefined);
    await eventually(() => engine.server.connections().length === (how === 'STARTTLS' ? 1 : 2));
    const closing = close();
    void peer.rest();
    expect(await closing).toBeLessThan(1000);
  });

  test('a connection that is brought while closing is told so', async () => {
    engine = await startEngine();
    const server = new SmtpServer({ name: 'mx', authOptional: true, recipients: 'any', closeTimeout: 500 });
    server.addListener();
    const first = connectInMemory(server);
    expect(await first.reply()).toMatchObject({ code: 220 });
    await first.command('EHLO client');
    await first.command('MAIL FROM:<a@b>');
    const closing = server.close();
    const second = connectInMemory(server);
    expect(await second.reply()).toMatchObject({ code: 421 });
    await second.end();
    expect(await first.quit()).toMatchObject({ code: 221 });
    await closing;
  });
});

describe('maxClients', () => {
  test('one more gets 421; when one leaves the next is served', async () => {
    engine = await startEngine({}, { maxClients: 2 });
    const [first, second, third] = [await engine.connect(), await engine.connect(), await engine.connect()];
    expect(await first.reply()).toMatch(/^220 /);
    expect(await second.reply()).toMatch(/^220 /);
    expect(await third.rest()).toBe('421 Too many connections, try again later\r\n');
    await first.command('QUIT');
    first.socket.destroy();
    await eventually(() => engine.server.connections().length === 1);
    expect(await (await engine.connect()).reply()).toMatch(/^220 /);
  });

  test('connections that are turned away take nobody’s place', async () => {
    engine = await startEngine({}, { maxClients: 1 });
    const first = await engine.connect();
    await first.reply();
    const turnedAway = await Promise.all(Array.from({ length: 5 }, () => engine.connect()));
    for (const peer of turnedAway) expect(await peer.reply()).toMatch(/^421 /);
    first.socket.destroy();
    await eventually(() => engine.server.connections().length === 0);
    expect(await (await engine.connect()).reply()).toMatch(/^220 /);
  });

  test('counts all listeners together', async () => {
    engine = await startEngine({}, { maxClients: 1 });
    const first = await engine.connectSecure();
    await first.reply();
    expect(await (await engine.connect()).rest()).toMatch(/^421 /);
  });
});
