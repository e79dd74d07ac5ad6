import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  SmtpClientGone,
  SmtpMessageAbandoned,
  type SmtpServerOptions,
  type Transaction,
} from 'smtp-engine';
import { type Engine, eventually, type Peer, startEngine } from '../support/engine.js';

const IDLE_MS = 100;
/** Deadlines are looked at now and then: a quarter of the shortest timeout late at most; the rest is for a busy machine. */
const LATEST_MS = 1500;
const TIMEOUT = '421 4.4.2 Timeout, closing connection\r\n';

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Peer> {
  engine = await startEngine(backend, { socketTimeout: IDLE_MS, ...options });
  const peer = await engine.connect();
  await peer.reply();
  return peer;
}

/** What the server says until it closes, and that it does so in time. */
async function cutOff(peer: Peer, since = performance.now()): Promise<string> {
  const rest = await peer.rest();
  const waited = performance.now() - since;
  expect(waited).toBeGreaterThan(IDLE_MS - 20);
  expect(waited).toBeLessThan(IDLE_MS + LATEST_MS);
  return rest;
}

describe('a silent client is cut off with 421', () => {
  test('after the greeting', async () => {
    expect(await cutOff(await start())).toBe(TIMEOUT);
  });

  test('between commands', async () => {
    const peer = await start();
    await peer.command('HELO client');
    await peer.command('MAIL FROM:<a@b>');
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test('over TLS', async () => {
    await start();
    const peer = await engine.connectSecure();
    await peer.reply();
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test('within an AUTH exchange', async () => {
    const peer = await start({ auth: () => true }, { allowInsecureAuth: true });
    await peer.command('HELO client');
    expect(await peer.command('AUTH LOGIN')).toMatch(/^334 /);
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test('within the second question of an AUTH exchange', async () => {
    const peer = await start({ auth: () => true }, { allowInsecureAuth: true });
    await peer.command('HELO client');
    await peer.command('AUTH LOGIN');
    expect(await peer.command('YQ==')).toMatch(/^334 /);
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test('after an error challenge', async () => {
    const peer = await start({ auth: () => sleep(5, false) }, { allowInsecureAuth: true, authMethods: ['XOAUTH2'] });
    await peer.command('HELO client');
    const response = Buffer.from('user=a\u0001auth=Bearer b\u0001\u0001').toString('base64');
    expect(await peer.command(`AUTH XOAUTH2 ${response}`)).toMatch(/^334 /);
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test('after a slow hook has answered', async () => {
    const peer = await start({ mail: () => sleep(IDLE_MS) });
    await peer.command('HELO client');
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test.each<[what: string, data: NonNullable<Backend['data']>]>([
    ['that reads at once', (message) => message.discard()],
    ['that waits before it reads', (message) => sleep(5).then(() => message.discard())],
  ])('within a message, with a handler %s', async (_what, data) => {
    const peer = await start({ data });
    expect(await peer.beginMessage()).toMatch(/^354 /);
    peer.write('text\r\n');
    expect(await cutOff(peer)).toBe(TIMEOUT);
  });

  test('within a message, whose handler learns it at once', async () => {
    let error: unknown;
    const peer = await start({
      data: async (message) => {
        message.once('error', (failure) => (error = failure)).resume();
        await new Promise(() => undefined);
      },
    });
    await peer.beginMessage();
    expect(await peer.reply()).toBe(TIMEOUT);
    await sleep(5);
    expect(error).toBeInstanceOf(SmtpClientGone);
    expect(engine.server.connections()).toHaveLength(1); // the client has not closed its side
  });

  test('within a message whose handler was slow for a while', async () => {
    const peer = await start({
      data: async (message) => {
        message.accept();
        await sleep(2 * IDLE_MS);
        message.discard();
      },
    });
    await peer.beginMessage();
    peer.write(Buffer.alloc(64 * 1024, 'x')); // fills what is read ahead, exactly
    const since = performance.now();
    expect(await peer.rest()).toBe(TIMEOUT);
    const waited = performance.now() - since;
    expect(waited).toBeGreaterThan(3 * IDLE_MS - 20);
    expect(waited).toBeLessThan(3 * IDLE_MS + LATEST_MS);
  });

  test('after 354 it has its full time, however long the handler took to read', async () => {
    const peer = await start(
      { data: (message) => sleep(IDLE_MS).then(() => message.discard()) },
      { dataInitiationTimeoutMs: IDLE_MS + 100, socketTimeout: 1000 },
    );
    expect(await peer.beginMessage()).toMatch(/^354 /);
    await sleep(400);
    expect(await peer.command('.')).toMatch(/^250 /);
  });

  test('while it sends a command an octet at a time', async () => {
    const peer = await start();
    const since = performance.now();
    const trickle = setInterval(() => peer.write('N'), 10);
    try {
      expect(await cutOff(peer, since)).toBe(TIMEOUT);
    } finally {
      clearInterval(trickle);
    }
  });

  test('while it sends an AUTH response an octet at a time', async () => {
    const peer = await start({ auth: () => true }, { allowInsecureAuth: true });
    await peer.command('HELO client');
    await peer.command('AUTH LOGIN');
    const trickle = setInterval(() => peer.write('A'), 10);
    try {
      expect(await cutOff(peer)).toBe(TIMEOUT);
    } finally {
      clearInterval(trickle);
    }
  });

  test('and when it does not close its side either, the connection goes', async () => {
    const peer = await start();
    await peer.read(/421 .*\r\n/);
    const closed = engine.sessions[0]!.signal;
    expect(closed.aborted).toBe(false);
    await new Promise((resolve) => closed.addEventListener('abort', resolve));
  });
});

describe('a client that waits for us is not cut off', () => {
  test.each<[stage: string, backend: (slow: () => Promise<void>) => Backend]>([
    ['mail', (slow) => ({ mail: slow })],
    ['rcpt', (slow) => ({ rcpt: slow })],
    ['hello', (slow) => ({ hello: slow })],
    ['command', (slow) => ({ command: slow })],
  ])('while the %s hook takes its time', async (_stage, backend) => {
    const peer = await start(backend(() => sleep(3 * IDLE_MS)));
    peer.write('EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n');
    for (let i = 0; i < 3; i++) expect(await peer.reply()).toMatch(/^250[ -]/);
  });

  test('while the connect hook takes its time', async () => {
    await start({ connect: () => sleep(3 * IDLE_MS) });
  });

  test('while the secure hook takes its time', async () => {
    const peer = await start({ secure: () => sleep(3 * IDLE_MS) }, { handshakeTimeoutMs: IDLE_MS });
    await peer.command('STARTTLS');
    await peer.startTls();
    expect(await peer.command('NOOP')).toMatch(/^250 /);
    const implicit = await engine.connectSecure();
    expect(await implicit.reply()).toMatch(/^220 /);
  });

  test('while the data handler decides, within its own timeout', async () => {
    const peer = await start({ data: (message) => sleep(3 * IDLE_MS).then(() => message.discard()) });
    expect(await peer.beginMessage()).toMatch(/^354 /);
  });

  test('while the data handler stores what has come', async () => {
    const peer = await start({
      data: async (message) => {
        for await (const _chunk of message) await sleep(2 * IDLE_MS);
        await sleep(2 * IDLE_MS);
      },
    });
    await peer.beginMessage();
    expect(await peer.command('text\r\n.')).toMatch(/^250 /);
  });

  test('while this process was busy and has not read yet what came in time', async () => {
    const peer = await start();
    peer.write('NOOP\r\n');
    const end = performance.now() + 3 * IDLE_MS;
    while (performance.now() < end);
    expect(await peer.reply()).toMatch(/^250 /);
  });

  test('while it sends slowly, where no rate is asked for', async () => {
    const peer = await start({}, { minDataRate: 0 });
    await peer.beginMessage();
    for (let i = 0; i < 6; i++) {
      peer.write('x');
      await sleep(IDLE_MS / 2);
    }
    expect(await peer.command('\r\n.')).toMatch(/^250 /);
  });
});

describe('a data handler that neither reads nor answers', () => {
  test('gets 451 sent for it; signal and stream tell it, its late answer is reported', async () => {
    let given: Transaction | undefined;
    let answer: (value: unknown) => void = () => undefined;
    const handled = new Promise((resolve) => (answer = resolve));
    const streamErrors: unknown[] = [];
    let first = true;
    const peer = await start(
      {
        data: (message, transaction) => {
          if (!first) return message.discard();
          first = false;
          given = transaction;
          message.on('error', (error) => streamErrors.push(error));
          return handled;
        },
      },
      { dataInitiationTimeoutMs: IDLE_MS, socketTimeout: 60_000 },
    );
    const since = performance.now();
    expect(await peer.beginMessage()).toBe('451 4.3.0 No decision in time, try again later\r\n');
    expect(performance.now() - since).toBeGreaterThan(IDLE_MS - 20);
    expect(given!.signal.aborted).toBe(true);
    expect(given!.signal.reason).toBeInstanceOf(SmtpMessageAbandoned);
    expect(streamErrors).toEqual([expect.any(SmtpMessageAbandoned)]);
    expect(await peer.nextMessage()).toMatch(/^354 /);
    answer('stored all the same');
    expect(await peer.command('.')).toMatch(/^250 /);
    await eventually(() => engine.errors.length === 1);
    expect(engine.errors).toEqual([expect.any(SmtpMessageAbandoned)]);
  });

  test('its late failure is reported as it is', async () => {
    const bug = new Error('bug');
    let fail: (error: Error) => void = () => undefined;
    const handled = new Promise((_resolve, reject) => (fail = reject));
    const peer = await start({ data: () => handled }, { dataInitiationTimeoutMs: IDLE_MS, socketTimeout: 60_000 });
    expect(await peer.beginMessage()).toMatch(/^451 /);
    fail(bug);
    await eventually(() => engine.errors.length === 1);
    expect(engine.errors).toEqual([bug]);
  });
});

describe('a TLS handshake that does not come', () => {
  const handshakeTimeoutMs = IDLE_MS;

  test('with implicit TLS', async () => {
    await start({}, { handshakeTimeoutMs, socketTimeout: 60_000 });
    const before = engine.server.connections().length;
    const peer = await import('node:net').then(({ connect }) => connect(engine.securePort, '127.0.0.1'));
    peer.on('error', () => undefined);
    await eventually(() => engine.server.connections().length === before + 1);
    await eventually(() => engine.server.connections().length === before);
    peer.destroy();
  });

  test.each([
    ['nothing', ''],
    ['half a ClientHello', Buffer.from('16030100c8', 'hex')],
  ])('after STARTTLS: %s', async (_what, octets) => {
    const peer = await start({}, { handshakeTimeoutMs, socketTimeout: 60_000 });
    await peer.command('STARTTLS');
    const since = performance.now();
    peer.write(octets);
    expect(await peer.rest()).toBe('');
    expect(performance.now() - since).toBeLessThan(IDLE_MS + LATEST_MS);
  });
});

test('a client that goes is no news for a handler that waits for nothing', async () => {
  const peer = await start({ mail: () => sleep(20) });
  await peer.command('HELO client');
  peer.write('MAIL FROM:<a@b>\r\n');
  peer.socket.destroy();
  await sleep(60);
  expect(engine.errors).toEqual([]);
  expect(engine.server.connections()).toEqual([]);
  expect(new SmtpClientGone().code).toBe('ECONNECTION');
});
