import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  diagnostics,
  type MessageStream,
  replies,
  SmtpClientGone,
  type SmtpServerOptions,
  SmtpSizeExceeded,
  SmtpTransactionAborted,
  type Transaction,
} from 'smtp-engine';
import { type Engine, eventually, type Peer, startEngine } from '../support/engine.js';

let engine: Engine;
afterEach(() => engine.stop());

/** An engine, and a client that has said EHLO. */
async function start(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Peer> {
  engine = await startEngine(backend, options);
  const peer = await engine.connect();
  await peer.reply();
  await peer.command('EHLO client');
  return peer;
}

async function begin(peer: Peer): Promise<void> {
  expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
  expect(await peer.command('RCPT TO:<c@d>')).toMatch(/^250 /);
}

async function readAll(message: MessageStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The dialogue is in step, and a message in one chunk is taken. */
async function nextIsTaken(peer: Peer): Promise<void> {
  expect(await peer.command('NOOP')).toBe('250 2.0.0 OK\r\n');
  await begin(peer);
  expect(await peer.command('BDAT 2 LAST\r\n')).toMatch(/^250 2\.6\.0 /);
}

test('octets arrive as they were sent, in chunks of every size, read slowly, all sent at once', async () => {
  const received: Buffer[] = [];
  const peer = await start(
    {
      data: async (message) => {
        for await (const chunk of message as AsyncIterable<Buffer>) {
          received.push(chunk);
          if (received.length % 50 === 0) await sleep(1);
        }
      },
    },
    { extensions: { binaryMime: true } },
  );
  await peer.command('MAIL FROM:<a@b> BODY=BINARYMIME');
  await peer.command('RCPT TO:<c@d>');
  const sent: Buffer[] = [];
  const stream: Buffer[] = [];
  for (let i = 0; i < 400; i++) {
    const chunk = randomBytes((i * i) % 20_011);
    sent.push(chunk);
    stream.push(Buffer.from(`BDAT ${chunk.length}${i === 399 ? ' LAST' : ''}\r\n`), chunk);
  }
  peer.write(Buffer.concat(stream));
  for (const chunk of sent.slice(0, -1))
    expect(await peer.reply()).toBe(`250 2.0.0 ${chunk.length} octets received\r\n`);
  expect(await peer.reply()).toBe('250 2.6.0 Message accepted\r\n');
  const hash = (buffers: Buffer[]): string => createHash('sha256').update(Buffer.concat(buffers)).digest('hex');
  expect(hash(received)).toBe(hash(sent));
});

test('a handler that reads slowly makes the client wait within a chunk', async () => {
  let most = 0;
  const peer = await start({
    data: async (message) => {
      await once(message, 'readable');
      for (let i = 0; i < 20; i++) {
        await sleep(5);
        most = Math.max(most, message.byteLength);
      }
      await readAll(message);
    },
  });
  await begin(peer);
  peer.write('BDAT 20000000 LAST\r\n', Buffer.alloc(20_000_000));
  expect(await peer.reply()).toMatch(/^250 2\.6\.0 /);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(1_000_000);
});

test('10,000 chunks of one octet in one write', async () => {
  const peer = await start({ data: async (message) => `${(await readAll(message)).length} octets` });
  await begin(peer);
  peer.write(`${'BDAT 1\r\nx'.repeat(10_000)}BDAT 0 LAST\r\n`);
  for (let i = 0; i < 10_000; i++) await peer.reply();
  expect(await peer.reply()).toBe('250 2.6.0 10000 octets\r\n');
});

describe('a message that is dropped between two chunks', () => {
  const readers: readonly (readonly [
    string,
    (message: MessageStream, transaction: Transaction) => Promise<unknown>,
  ])[] = [
    ['iterates', readAll],
    [
      'pipelines with the signal',
      (message, { signal }) =>
        pipeline(message, new Writable({ write: (_chunk, _encoding, done) => done() }), { signal }),
    ],
    ['discards', async (message) => message.discard()],
    ['waits for ever', (message) => (message.resume(), new Promise(() => undefined))],
  ];
  const commands = [
    ['RSET', '250 2.0.0 OK\r\n'],
    ['EHLO again', expect.stringMatching(/^250-mx\.example greets again/)],
    ['MAIL FROM:<x@y>', replies.chunkExpected.toWire()],
    ['RCPT TO:<x@y>', replies.chunkExpected.toWire()],
    ['DATA', replies.chunkExpected.toWire()],
    ['AUTH PLAIN', replies.chunkExpected.toWire()],
    ['QUIT', '221 2.0.0 Goodbye\r\n'],
  ] as const;
  const cases = readers.flatMap(([how, read]) => commands.map(([line, reply]) => [line, how, reply, read] as const));

  test.each(cases)('by %s, the handler %s', async (line, _how, reply, read) => {
    const seen: { error?: unknown; signal?: AbortSignal; ended?: boolean } = {};
    let first = true;
    const peer = await start({
      data: async (message, transaction) => {
        if (!first) return readAll(message).then(() => undefined);
        first = false;
        seen.signal = transaction.signal;
        message.on('error', (error) => (seen.error = error));
        message.on('end', () => (seen.ended = true));
        return read(message, transaction).then(() => undefined);
      },
    });
    await begin(peer);
    peer.write('BDAT 5\r\nhello');
    expect(await peer.reply()).toBe('250 2.0.0 5 octets received\r\n');
    expect(await peer.command(line)).toEqual(reply);
    await eventually(() => seen.error !== undefined);
    expect(seen.error).toBeInstanceOf(SmtpTransactionAborted);
    expect(seen.ended).toBeUndefined();
    expect(seen.signal).toMatchObject({ aborted: true, reason: expect.any(SmtpTransactionAborted) });
    if (line !== 'QUIT') await nextIsTaken(peer);
    expect(engine.errors).toEqual([]); // nobody is at fault
  });

  test('by STARTTLS', async () => {
    const seen: unknown[] = [];
    const peer = await start({ data: (message) => readAll(message).catch((error) => void seen.push(error)) });
    await begin(peer);
    peer.write('BDAT 5\r\nhello');
    await peer.reply();
    expect(await peer.command('STARTTLS')).toMatch(/^220 /);
    await peer.startTls();
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([expect.any(SmtpTransactionAborted)]);
    expect(await peer.command('BDAT 5 LAST\r\nabc')).toBe('503 5.5.1 Send EHLO or HELO first\r\n');
  });

  test('by going away, between two chunks and within one', async () => {
    for (const text of ['BDAT 5\r\nhello', 'BDAT 5\r\nhel', 'BDAT 5 LAST\r\nhel']) {
      const seen: unknown[] = [];
      const peer = await start({ data: (message) => readAll(message).catch((error) => void seen.push(error)) });
      await begin(peer);
      peer.write(text);
      await sleep(20);
      peer.socket.destroy();
      await eventually(() => seen.length > 0);
      expect(seen).toEqual([expect.any(SmtpClientGone)]);
      await engine.stop();
    }
    await start();
  });
});

describe('what a handler may do', () => {
  const CHUNKS = ['BDAT 100000\r\n', 'BDAT 100000 LAST\r\n'] as const;

  test.each<[what: string, data: NonNullable<Backend['data']>, replies: readonly RegExp[]]>([
    ['refuse before it reads', () => false, [/^554 5\.7\.1 /, /^503 /]],
    ['fail before it reads', () => Promise.reject(new Error('bug')), [/^451 4\.3\.0 Local/, /^503 /]],
    ['succeed without reading', () => 'stored', [/^451 4\.3\.0 The message was not read/, /^503 /]],
    [
      'succeed after a few octets',
      async (message) => {
        await once(message, 'readable');
        return 'stored';
      },
      [/^451 4\.3\.0 The message was not read/, /^503 /],
    ],
    [
      'fail within the first chunk',
      async (message) => {
        for await (const _chunk of message) throw new Error('bug');
      },
      [/^451 4\.3\.0 Local/, /^503 /],
    ],
    ['discard and succeed', (message) => message.discard(), [/^250 2\.0\.0 100000 /, /^250 2\.6\.0 /]],
    ['discard and refuse', (message) => (message.discard(), false), [/^250 2\.0\.0 /, /^554 5\.7\.1 /]],
    [
      'leave early, then discard',
      async (message) => {
        for await (const _chunk of message) break;
        await sleep(20);
        message.discard();
        return 'enough';
      },
      [/^250 2\.0\.0 /, /^250 2\.6\.0 enough/],
    ],
    [
      'ask for it early, then read',
      (message) => (message.accept(), sleep(20).then(() => readAll(message).then(() => undefined))),
      [/^250 2\.0\.0 /, /^250 2\.6\.0 /],
    ],
    ['refuse at the end', (message) => readAll(message).then(() => false), [/^250 2\.0\.0 /, /^554 5\.7\.1 /]],
  ])('%s', async (_what, data, expected) => {
    let first = true;
    const peer = await start({
      data: (message, transaction) => {
        if (!first) return message.discard();
        first = false;
        return data(message, transaction);
      },
    });
    await begin(peer);
    for (const line of CHUNKS) peer.write(line, Buffer.alloc(100_000, '\r\nQUIT'));
    for (const reply of expected) expect(await peer.reply()).toMatch(reply);
    await nextIsTaken(peer);
  });

  test('fail between two chunks: the next one is told', async () => {
    let fail!: () => void;
    const peer = await start({
      data: (message) => {
        message.resume();
        return new Promise((_resolve, reject) => (fail = () => reject(new Error('disk full'))));
      },
    });
    await begin(peer);
    peer.write('BDAT 5\r\nhello');
    expect(await peer.reply()).toBe('250 2.0.0 5 octets received\r\n');
    fail();
    await sleep(5);
    expect(peer.received).toBe('');
    peer.write('BDAT 6 LAST\r\nQUIT\r\n');
    expect(await peer.reply()).toMatch(/^451 4\.3\.0 Local/);
    expect(engine.errors).toEqual([expect.objectContaining({ message: 'disk full' })]);
    expect(await peer.command('BDAT 0')).toMatch(/^503 /);
  });

  test('neither read nor answer: 451 in time, the chunk is dropped, and what it says later is reported', async () => {
    let settle!: () => void;
    const peer = await start(
      { data: () => new Promise((resolve) => (settle = () => resolve('stored'))) },
      { dataInitiationTimeoutMs: 50 },
    );
    await begin(peer);
    peer.write('BDAT 6 LAST\r\nQUIT\r\n');
    expect(await peer.reply()).toMatch(/^451 4\.3\.0 No decision in time/);
    settle();
    await eventually(() => engine.errors.length === 1);
    expect(String(engine.errors[0])).toMatch(/answered too late/);
    expect(await peer.command('NOOP')).toMatch(/^250 /);
  });

  test('neither read nor answer to an empty chunk', async () => {
    const peer = await start({ data: () => new Promise(() => undefined) }, { dataInitiationTimeoutMs: 50 });
    await begin(peer);
    expect(await peer.command('BDAT 0')).toMatch(/^451 4\.3\.0 No decision in time/);
  });
});

describe('a client that stops', () => {
  test.each([
    ['within a chunk', 'BDAT 5\r\nhe'],
    ['within a chunk nobody wants', 'RSET\r\nBDAT 5\r\nhe'],
    ['between two', 'BDAT 5\r\nhello'],
  ])('%s is cut after socketTimeout', async (_when, text) => {
    const peer = await start({ data: (message) => readAll(message).then(() => undefined) }, { socketTimeout: 100 });
    await begin(peer);
    peer.write(text);
    expect(await peer.rest()).toMatch(/421 4\.4\.2 Timeout, closing connection\r\n$/);
  });

  test('a chunk and FIN: the reply still comes', async () => {
    const peer = await start({ data: async (message) => (await readAll(message), await sleep(30), 'stored') });
    await begin(peer);
    peer.write('BDAT 2 LAST\r\n\r\n');
    peer.socket.end();
    expect(await peer.rest()).toBe('250 2.6.0 stored\r\n');
  });
});

test('the size is enforced in all chunks together; the handler learns it', async () => {
  const seen: unknown[] = [];
  const peer = await start(
    { data: (message) => readAll(message).catch((error) => void seen.push(error)) },
    { size: 150_000 },
  );
  await begin(peer);
  for (let i = 0; i < 3; i++) peer.write('BDAT 100000\r\n', Buffer.alloc(100_000));
  expect(await peer.reply()).toMatch(/^250 /);
  expect(await peer.reply()).toBe('552 5.3.4 Message exceeds the maximum message size\r\n');
  expect(await peer.reply()).toMatch(/^503 /);
  expect(seen).toEqual([expect.any(SmtpSizeExceeded)]);
  expect(engine.errors).toEqual([]);
});

describe('what decides before the command does', () => {
  test('a hook that refuses: the chunk is dropped, and with it the message', async () => {
    const seen: unknown[] = [];
    let count = 0;
    const peer = await start({
      command: ({ verb }) => verb !== 'BDAT' || ++count !== 2,
      data: (message) => readAll(message).catch((error) => void seen.push(error)),
    });
    await begin(peer);
    peer.write('BDAT 6\r\nQUIT\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n');
    expect(await peer.reply()).toMatch(/^250 /);
    expect(await peer.reply()).toBe('550 5.7.1 Refused\r\n');
    // What would be left has a hole.
    expect(await peer.reply()).toMatch(/^503 /);
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([expect.any(SmtpTransactionAborted)]);
  });

  test('a hook that takes its time: nothing of the chunk is taken for a command', async () => {
    const peer = await start({
      command: () => sleep(10).then(() => undefined),
      data: (message) => message.discard(),
    });
    await begin(peer);
    peer.write('BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n');
    expect(await peer.reply()).toMatch(/^250 2\.6\.0 /);
    expect(await peer.reply()).toBe('250 2.0.0 OK\r\n');
  });

  test('no data handler', async () => {
    const peer = await start({ data: undefined as never });
    await begin(peer);
    peer.write('BDAT 6\r\nQUIT\r\n');
    expect(await peer.reply()).toMatch(/^554 5\.3\.2 /);
    expect(await peer.command('NOOP')).toMatch(/^250 /);
  });

  test('a hook that ends the connection does not wait for the chunk', async () => {
    const peer = await start({ command: ({ verb }) => (verb === 'BDAT' ? replies.shuttingDown : true) });
    await begin(peer);
    peer.write('BDAT 1000000 LAST\r\n');
    expect(await peer.rest()).toBe('421 4.3.2 Server shutting down\r\n');
  });
});

test('in LMTP a hook that refuses the last chunk refuses it for each recipient', async () => {
  engine = await startEngine({ command: ({ verb }) => verb !== 'BDAT' }, { lmtp: true });
  const peer = await engine.connect();
  await peer.reply();
  await peer.command('LHLO client');
  await begin(peer);
  await peer.command('RCPT TO:<e@d>');
  peer.write('BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n');
  expect(await peer.reply()).toBe('550 5.7.1 Refused\r\n');
  expect(await peer.reply()).toBe('550 5.7.1 Refused\r\n');
  expect(await peer.reply()).toBe('250 2.0.0 OK\r\n');
});

test('the message channel publishes a message in chunks once', async () => {
  const published: unknown[] = [];
  const listen = (message: unknown): void => void published.push(message);
  diagnostics.message.subscribe(listen);
  const peer = await start();
  await begin(peer);
  peer.write('BDAT 5\r\nhelloBDAT 2 LAST\r\n\r\n');
  expect(await peer.reply()).toMatch(/^250 /);
  expect(await peer.reply()).toMatch(/^250 /);
  diagnostics.message.unsubscribe(listen);
  expect(published).toEqual([expect.objectContaining({ byteLength: 7, reply: replies.messageAccepted })]);
});

test('close() waits for the last chunk', async () => {
  const peer = await start({ data: (message) => readAll(message).then(() => 'stored') }, { closeTimeout: 2000 });
  await begin(peer);
  peer.write('BDAT 5\r\nhello');
  expect(await peer.reply()).toMatch(/^250 /);
  const closed = engine.server.close();
  await sleep(10);
  peer.write('BDAT 2 LAST\r\n\r\n');
  expect(await peer.rest()).toBe('250 2.6.0 stored\r\n421 4.3.2 Server shutting down\r\n');
  await closed;
});
