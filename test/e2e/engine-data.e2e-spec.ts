import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, type MessageStream, SmtpClientGone, SmtpSizeExceeded, type Transaction } from 'smtp-engine';
import { type Engine, eventually, type Peer, startEngine } from '../support/engine.js';

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend = {}, options = {}): Promise<Peer> {
  engine = await startEngine(backend, options);
  return engine.connect();
}

/** Reads a message to its end. */
async function readAll(message: MessageStream): Promise<void> {
  for await (const _chunk of message);
}

/** A normal session is served. */
async function nextIsServed(): Promise<void> {
  const peer = await engine.connect();
  expect(await peer.beginMessage('next@b')).toMatch(/^354 /);
  expect(await peer.command('.')).toMatch(/^250 /);
  peer.socket.destroy();
}

describe('a client that goes away in the middle of a message', () => {
  const handlers: readonly (readonly [
    how: string,
    read: (message: MessageStream, transaction: Transaction) => Promise<unknown>,
  ])[] = [
    ['iterates', readAll],
    ['pipelines', (message) => pipeline(message, new Writable({ write: (_chunk, _encoding, done) => done() }))],
    [
      'pipelines with the signal',
      (message, { signal }) =>
        pipeline(message, new Writable({ write: (_chunk, _encoding, done) => done() }), { signal }),
    ],
    [
      'listens',
      (message) =>
        new Promise((resolve, reject) =>
          message
            .on('data', () => undefined)
            .on('end', resolve)
            .on('error', reject),
        ),
    ],
    [
      'pipes, and listens to no error',
      async (message) => {
        const sink = new PassThrough().resume();
        message.pipe(sink);
        await once(message, 'close');
      },
    ],
    ['discards', async (message) => message.discard()],
    ['waits for ever', () => new Promise<void>(() => undefined)],
  ];
  const departures: readonly (readonly [how: string, leave: (peer: Peer) => void])[] = [
    ['closes', (peer) => peer.socket.destroy()],
    ['resets', (peer) => peer.reset()],
    ['closes its side', (peer) => void peer.socket.end()],
  ];
  const cases = handlers.flatMap(([handler, read]) =>
    departures.map(([how, leave]) => [how, handler, leave, read] as const),
  );

  test.each(cases)('it %s, the handler %s', async (_how, _handler, leave, read) => {
    const seen: { error?: unknown; signal?: AbortSignal; outcome?: string } = {};
    const peer = await start({
      data: async (message, transaction) => {
        if (transaction.envelope.mailFrom.localPart === 'next') return message.discard();
        seen.signal = transaction.signal;
        message.on('error', (error) => (seen.error = error));
        message.accept();
        await read(message, transaction).then(
          () => (seen.outcome = 'settled'),
          () => (seen.outcome = 'failed'),
        );
        return undefined;
      },
    });
    expect(await peer.beginMessage()).toMatch(/^354 /);
    peer.write('one\r\ntwo');
    await eventually(() => engine.sessions[0]!.envelope !== undefined);
    await sleep(5);
    leave(peer);
    await eventually(() => seen.error !== undefined);
    expect(seen.error).toBeInstanceOf(SmtpClientGone);
    expect(seen.signal).toMatchObject({ aborted: true, reason: expect.any(SmtpClientGone) });
    await eventually(() => engine.server.connections().length === 0);
    expect(engine.sessions[0]!.signal.aborted).toBe(true);
    // Whoever discards has an answer, and one that came when nobody was there any more.
    expect(peer.received).toBe('');
    await nextIsServed();
  });
});

test.each([
  ['before the greeting is read', ''],
  ['after EHLO', 'EHLO client\r\n'],
  ['within a command', 'EHLO client\r\nMAIL FR'],
  ['after MAIL', 'EHLO client\r\nMAIL FROM:<a@b>\r\n'],
  ['after RCPT', 'EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n'],
  ['after DATA', 'EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n'],
  ['behind the end of the message', 'EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\n'],
  ['within AUTH', 'EHLO client\r\nAUTH LOGIN\r\n'],
  ['after QUIT', 'QUIT\r\n'],
])('a reset %s ends this session and no other', async (_when, text) => {
  const peer = await start(
    { mail: () => sleep(1), data: (message) => sleep(1).then(() => message.discard()), auth: () => true },
    { allowInsecureAuth: true },
  );
  peer.write(text);
  await sleep(10);
  peer.reset();
  await eventually(() => engine.server.connections().length === 0);
  await nextIsServed();
});

describe('what a handler may do to its message', () => {
  const SENT = `${'x'.repeat(200_000)}\r\n.\r\n`;

  test.each<[what: string, data: NonNullable<Backend['data']>, reply: RegExp]>([
    [
      'leave the loop early and fail',
      async (message) => {
        for await (const _chunk of message) throw new Error('bug');
      },
      /^451 4\.3\.0 Local error/,
    ],
    [
      'leave the loop early and succeed',
      async (message) => {
        for await (const _chunk of message) break;
        return 'stored';
      },
      /^451 4\.3\.0 The message was not read/,
    ],
    [
      'leave the loop early and refuse',
      async (message) => {
        for await (const _chunk of message) break;
        return false;
      },
      /^554 5\.7\.1 /,
    ],
    [
      'leave the loop early, discard the rest and succeed',
      async (message) => {
        for await (const _chunk of message) break;
        message.discard();
        return 'enough';
      },
      /^250 2\.6\.0 enough/,
    ],
    [
      'leave the loop early, and go on with other things',
      async (message) => {
        for await (const _chunk of message) break;
        await sleep(50);
        message.discard();
        await sleep(50);
        return 'enough';
      },
      /^250 2\.6\.0 enough/,
    ],
    [
      'destroy it after the first octets',
      async (message) => {
        await once(message, 'readable');
        message.destroy();
        await sleep(20);
        return 'stored';
      },
      /^451 4\.3\.0 The message was not read/,
    ],
    [
      'destroy it with an error',
      async (message) => {
        await once(message, 'readable');
        message.destroy(new Error('bug'));
        await sleep(20);
        return false;
      },
      /^554 5\.7\.1 /,
    ],
    ['destroy it unread', (message) => void message.destroy(), /^451 4\.3\.0 The message was not read/],
    ['succeed without reading', () => 'stored', /^451 4\.3\.0 The message was not read/],
    ['discard it and succeed at once', (message) => message.discard(), /^250 2\.6\.0 Message accepted/],
    ['discard it and refuse', (message) => (message.discard(), false), /^554 5\.7\.1 /],
    [
      'say 354 early, then read',
      (message) => (message.accept(), sleep(20).then(() => readAll(message))),
      /^250 2\.6\.0 /,
    ],
    [
      'pipe it into something that fails',
      (message) =>
        pipeline(message, new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) })),
      /^451 4\.3\.0 Local error/,
    ],
    [
      'read it with listeners',
      (message) => new Promise((resolve) => message.on('end', resolve).resume()),
      /^250 2\.6\.0 /,
    ],
    ['promise text of its own', (message) => readAll(message).then(() => 'queued as 42'), /^250 2\.6\.0 queued as 42/],
  ])('%s', async (_what, data, reply) => {
    const peer = await start({
      data: (message, transaction) =>
        transaction.envelope.mailFrom.localPart === 'next' ? message.discard() : data(message, transaction),
    });
    const go = await peer.beginMessage();
    if (go.startsWith('354')) {
      peer.write(SENT);
      expect(await peer.reply()).toMatch(reply);
    } else {
      expect(go).toMatch(reply);
    }
    // The dialogue is in step.
    expect(await peer.command('NOOP')).toBe('250 2.0.0 OK\r\n');
    expect(await peer.nextMessage('next@b')).toMatch(/^354 /);
    expect(await peer.command('.')).toMatch(/^250 /);
  });

  test('leave it and never answer: the client has sent it all, and waits', async () => {
    const peer = await start({
      data: async (message) => {
        for await (const _chunk of message) break;
        await new Promise(() => undefined);
      },
    });
    await peer.beginMessage();
    let sent = false;
    peer.socket.write(Buffer.alloc(20_000_000, 'x'), () => (sent = true));
    await eventually(() => sent);
    peer.socket.destroy();
  });
});

describe('a message over the limit', () => {
  const size = 100_000;
  const messages = [
    ['in one octet', `${'x'.repeat(size - 1)}\r\n.\r\n`],
    ['by far', `${'x'.repeat(10 * size)}\r\n.\r\n`],
    ['in its last chunk', `${'x'.repeat(size + 100)}\r\n.\r\n`],
  ] as const;

  test.each(messages)('%s: 552, and the handler learns it from the stream', async (_what, text) => {
    const seen: unknown[] = [];
    const peer = await start({ data: (message) => readAll(message).catch((error) => void seen.push(error)) }, { size });
    await peer.beginMessage();
    peer.write(text);
    expect(await peer.reply()).toBe('552 5.3.4 Message exceeds the maximum message size\r\n');
    expect(await peer.command('NOOP')).toBe('250 2.0.0 OK\r\n');
    expect(seen).toEqual([expect.any(SmtpSizeExceeded)]);
    expect(seen[0]).toMatchObject({ maxMessageBytes: size });
    await nextIsServed();
  });

  test.each([
    ['fails', () => Promise.reject(new Error('bug'))],
    ['leaves', () => Promise.resolve('seen enough')],
  ])('552 too where a handler %s before there was too much', async (_how, end) => {
    const handler = async (message: MessageStream): Promise<unknown> => {
      for await (const _chunk of message) break;
      return end();
    };
    const peer = await start({ data: handler }, { size: 10 });
    await peer.beginMessage();
    peer.write('0123\r\n');
    await sleep(20);
    expect(await peer.command('0123456789\r\n.')).toBe('552 5.3.4 Message exceeds the maximum message size\r\n');
  });

  test('is no failure of ours: nothing is reported', async () => {
    const peer = await start({ data: readAll }, { size: 10 });
    await peer.beginMessage();
    expect(await peer.command('0123456789abcdef\r\n.')).toMatch(/^552 /);
    await sleep(10);
    expect(engine.errors).toEqual([]);
  });

  test('exactly the limit is taken', async () => {
    const peer = await start({}, { size });
    await peer.beginMessage();
    peer.write(`${'x'.repeat(size - 2)}\r\n.\r\n`);
    expect(await peer.reply()).toMatch(/^250 /);
  });

  test('a handler that hears nothing of it does not hold up the reply', async () => {
    const peer = await start({ data: (message) => (message.resume(), new Promise(() => undefined)) }, { size: 10 });
    await peer.beginMessage();
    expect(await peer.command('0123456789abcdef\r\n.')).toMatch(/^552 /);
    expect(await peer.command('NOOP')).toMatch(/^250 /);
  });
});

describe('octets', () => {
  /** 50 MB of all octets, lines and dots in every place, not the same twice. */
  function* lines(total: number): Generator<Buffer> {
    const all = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet !== 13));
    const shapes = ['.', '..', '.x', 'x.', '\n.', '\r.', '', '\0', '.\n', '.\r'].map((text) => Buffer.from(text));
    for (let sent = 0, i = 0; sent < total; i++) {
      const body = i % 3 === 0 ? all : Buffer.alloc((i * 7) % 3000, 65 + (i % 26));
      const line = Buffer.concat([shapes[i % shapes.length]!, body, Buffer.from('\r\n')]);
      sent += line.length;
      yield line;
    }
  }

  test('50 MB arrive as they were sent, dots and all', async () => {
    const received = createHash('sha256');
    let byteLength = 0;
    const peer = await start({
      data: async (message) => {
        for await (const chunk of message as AsyncIterable<Buffer>) received.update(chunk);
        byteLength = message.byteLength;
      },
    });
    await peer.beginMessage();
    const sent = createHash('sha256');
    let total = 0;
    const DOT = Buffer.from('.');
    let batch: Buffer[] = [];
    for (const line of lines(50_000_000)) {
      sent.update(line);
      total += line.length;
      if (line[0] === 0x2e) batch.push(DOT);
      batch.push(line);
      if (batch.length < 500) continue;
      if (!peer.socket.write(Buffer.concat(batch))) await once(peer.socket, 'drain');
      batch = [];
    }
    peer.write(Buffer.concat(batch), '.\r\n');
    expect(await peer.reply()).toMatch(/^250 /);
    expect(byteLength).toBe(total);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  }, 30_000);

  test('a handler that reads slowly makes the client wait; less than a megabyte waits in this process', async () => {
    const total = 20_000_000;
    let waiting = 0;
    let most = 0;
    const peer = await start({
      data: async (message) => {
        await new Promise((resolve) => message.once('readable', resolve));
        for (let i = 0; i < 20; i++) {
          await sleep(5);
          most = Math.max(most, message.byteLength);
        }
        let read = 0;
        for await (const chunk of message as AsyncIterable<Buffer>) {
          read += chunk.length;
          waiting = Math.max(waiting, message.byteLength - read);
        }
      },
    });
    await peer.beginMessage();
    peer.write(Buffer.alloc(total, 'x'), '\r\n.\r\n');
    expect(await peer.reply()).toMatch(/^250 /);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(1_000_000);
    expect(waiting).toBeLessThan(1_000_000);
  });
});

describe('a message that is thrown away', () => {
  test('is counted, ends, and is heard by who listens to it', async () => {
    const heard: string[] = [];
    let ended: unknown[] = [];
    const peer = await start({
      async data(message, { envelope }) {
        if (envelope.mailFrom.localPart === 'listens') message.on('data', (chunk) => heard.push(String(chunk)));
        message.discard();
        await once(message, 'end');
        ended = [message.byteLength, message.readableEnded];
      },
    });
    for (const name of ['deaf', 'listens']) {
      expect(await peer.beginMessage(`${name}@b`)).toMatch(/^354 /);
      expect(await peer.command('one\r\n..two\r\n.')).toMatch(/^250 /);
      expect(ended).toEqual([11, true]);
    }
    expect(heard.join('')).toBe('one\r\n.two\r\n');
  });
});
