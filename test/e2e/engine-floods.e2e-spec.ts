import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, type Session, SmtpServer, type SmtpServerOptions } from 'smtp-engine';
import { memoryPair } from 'smtp-engine/testing';
import { type Engine, eventually, Peer, startEngine } from '../support/engine.js';

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend = {}, options: SmtpServerOptions = {}): Promise<Peer> {
  // What is shown here holds even where nothing limits the number of commands.
  engine = await startEngine(backend, { maxCommandsWithoutMail: false, ...options });
  return engine.connect();
}

async function nextIsServed(): Promise<void> {
  const peer = await engine.connect();
  expect(await peer.beginMessage()).toMatch(/^354 /);
  expect(await peer.command('.')).toMatch(/^250 /);
  peer.socket.destroy();
}

/** Writes as fast as the server reads; gives what was written when it does not read any more. */
async function writeUntilStuck(peer: Peer, octets: Buffer, most: number): Promise<number> {
  let written = 0;
  while (written < most && !peer.closed) {
    written += octets.length;
    if (peer.socket.write(octets)) continue;
    const stuck = await Promise.race([once(peer.socket, 'drain').catch(() => true), sleep(300, true)]);
    if (stuck === true) break;
  }
  return written;
}

describe('a flood of commands', () => {
  test.each([
    ['one after the other', undefined],
    ['through an asynchronous hook', async () => undefined],
  ])('100,000 pipelined commands are answered, all of them and in order: %s', async (_what, command) => {
    const peer = await start(command === undefined ? {} : { command });
    await peer.reply();
    const count = 100_000;
    let answers = 0;
    peer.socket.removeAllListeners('data');
    const done = new Promise<void>((resolve) =>
      peer.socket.on('data', (chunk: Buffer) => {
        for (const octet of chunk) if (octet === 10) answers++;
        if (answers >= count + 1) resolve();
      }),
    );
    peer.write('NOOP\r\n'.repeat(count), 'QUIT\r\n');
    await done;
    expect(answers).toBe(count + 1);
  });

  test('others have their turn in between', async () => {
    await start();
    const [flooder, other] = [memoryPair(), memoryPair()];
    for (const [, ours] of [flooder, other]) engine.server.accept(ours);
    let answers = 0;
    flooder[0].on('data', (chunk: Buffer) => (answers += chunk.toString().split('\n').length - 1));
    flooder[0].write('NOOP\r\n'.repeat(5000));
    const peer = new Peer(other[0]);
    await peer.reply();
    await peer.command('HELO client');
    expect(answers).toBeGreaterThan(100);
    expect(answers).toBeLessThan(4000);
    await eventually(() => answers === 5001);
    flooder[0].destroy();
    other[0].destroy();
  });

  test('while a hook is busy no more than a few chunks of it wait in this process', async () => {
    let finish: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => (finish = resolve));
    const peer = await start({ hello: () => busy });
    await peer.reply();
    peer.write('HELO client\r\n');
    const written = await writeUntilStuck(peer, Buffer.from('NOOP\r\n'.repeat(10_000)), 50_000_000);
    // The rest lies in the kernel's buffers.
    expect(written).toBeLessThan(20_000_000);
    const [session] = engine.sessions;
    const { conversation } = session as unknown as { conversation: { incoming: { lines: { pending: number } } } };
    const { lines } = conversation.incoming;
    expect(lines.pending).toBeGreaterThan(64 * 1024);
    expect(lines.pending).toBeLessThan(256 * 1024);
    finish();
    expect(await peer.reply()).toMatch(/^250 /);
  });
});

test('little waits for a client that never reads its replies, and it is cut off', async () => {
  engine = await startEngine({}, { maxCommandsWithoutMail: false, socketTimeout: 400 });
  const flood = async (peer: Peer, session: Session, command: string): Promise<void> => {
    peer.socket.pause();
    const { stream } = (session as unknown as { conversation: { transport: { stream: Duplex } } }).conversation
      .transport;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, stream.writableLength)), 1);
    const written = await writeUntilStuck(peer, Buffer.from(command.repeat(4000)), 100_000_000);
    expect(written).toBeLessThan(100_000_000);
    await eventually(() => session.signal.aborted);
    clearInterval(watch);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(256 * 1024);
  };
  const floods: Promise<void>[] = [];
  for (const command of ['NOOP\r\n', 'EHLO a\r\n', 'HELP\r\n']) {
    const peer = await engine.connect();
    await peer.reply();
    floods.push(flood(peer, engine.sessions.at(-1)!, command));
  }
  await Promise.all(floods);
  await nextIsServed();
});

describe('a line without end', () => {
  test.each([
    ['where a command is expected', []],
    ['within AUTH', ['EHLO client', 'AUTH LOGIN']],
  ])('%s is cut', async (_where, commands) => {
    const peer = await start({ auth: () => true }, { allowInsecureAuth: true });
    await peer.reply();
    for (const command of commands) await peer.command(command);
    const written = await writeUntilStuck(peer, Buffer.alloc(64 * 1024, 'x'), 10_000_000);
    expect(written).toBeLessThan(10_000_000);
    // It is not read to its end, so the reply may be lost in a reset.
    expect(await peer.rest()).toMatch(/^(?:421 4\.7\.0 Command line far too long, closing connection\r\n)?$/);
    await nextIsServed();
  });

  test('in a message is text', async () => {
    const peer = await start();
    await peer.beginMessage();
    for (let i = 0; i < 10; i++) peer.write(Buffer.alloc(1_000_000, 'x'));
    expect(await peer.command('\r\n.')).toMatch(/^250 /);
  });

  test.each([4094, 4095, 12_286, 12_287, 100_000])(
    'of %d octets it is answered with 500, or served',
    async (length) => {
      const peer = await start({}, {});
      await peer.reply();
      const reply = await peer.command(`NOOP ${'x'.repeat(length - 5)}`);
      expect(reply).toBe(length + 2 > 4096 ? '500 5.5.2 Line too long\r\n' : '250 2.0.0 OK\r\n');
      expect(await peer.command('NOOP')).toMatch(/^250 /);
    },
  );
});

test('many connections at once, each with something else wrong', async () => {
  await start({}, { socketTimeout: 400, handshakeTimeoutMs: 400 });
  const shapes = [
    '',
    'GET / HTTP/1.1\r\nHost: mx\r\n\r\n',
    '\0\0\0\0\r\n',
    Buffer.from('160301020001000100', 'hex'),
    'x'.repeat(500_000),
    'DATA\r\n.\r\n',
    '\r\n'.repeat(100),
    'EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nabc',
    'STARTTLS\r\nxxxxxxxx',
    'QUIT\r\nQUIT\r\n',
  ];
  const peers = await Promise.all(Array.from({ length: 200 }, () => engine.connect()));
  for (const [index, peer] of peers.entries()) peer.write(shapes[index % shapes.length]!);
  await Promise.all(peers.map((peer) => peer.rest()));
  await eventually(() => engine.server.connections().length <= 1);
  await nextIsServed();
});

/** One end of a connection that counts how often the server writes. */
class CountingDuplex extends Duplex {
  readonly writes: string[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString());
    done();
  }
  say(text: string): void {
    this.push(text);
  }
}

describe('RFC 2920: a pipelined group is answered in one write', () => {
  const GROUP = `${['MAIL FROM:<a@b>', ...Array.from({ length: 100 }, (_, i) => `RCPT TO:<c${i}@d>`), 'DATA'].join('\r\n')}\r\n`;

  test.each<[what: string, backend: Backend]>([
    ['without hooks', {}],
    ['with hooks that answer at once', { mail: () => 'yes', rcpt: () => true }],
    ['with hooks that promise', { mail: async () => 'yes', rcpt: async () => true }],
  ])('%s', async (_what, backend) => {
    const server = new SmtpServer(
      { name: 'mx', authOptional: true, recipients: 'any' },
      { data: (message) => message.discard(), ...backend },
    );
    server.addListener();
    const client = new CountingDuplex();
    server.accept(client);
    client.say('EHLO client\r\n');
    await sleep(5);
    client.writes.length = 0;
    client.say(GROUP);
    await sleep(20);
    expect(client.writes).toHaveLength(1);
    expect(client.writes[0]!.match(/^250 /gm)).toHaveLength(101);
    expect(client.writes[0]).toMatch(/354 [^\r\n]*\r\n$/);
    client.writes.length = 0;
    client.say(`text\r\n.\r\nRSET\r\nNOOP\r\n`);
    await sleep(20);
    // The handler has its say in between; nothing else divides them.
    expect(client.writes.join('')).toMatch(/^250 2\.6\.0 [^\n]*\n250 [^\n]*\n250 [^\n]*\n$/);
    expect(client.writes).toHaveLength(1);
    client.destroy();
    await server.close();
  });

  test('over a socket it comes in one chunk', async () => {
    const peer = await start();
    await peer.reply();
    await peer.command('EHLO client');
    peer.chunks = 0;
    peer.write(GROUP);
    await peer.read(/[^]*354 .*\r\n/);
    expect(peer.chunks).toBe(1);
  });

  test('what is known is said when a hook takes longer than a moment', async () => {
    const peer = await start({ rcpt: ({ localPart }) => (localPart === 'c1' ? sleep(150) : true) });
    await peer.reply();
    await peer.command('EHLO client');
    peer.write('MAIL FROM:<a@b>\r\nRCPT TO:<c0@d>\r\nRCPT TO:<c1@d>\r\nRCPT TO:<c2@d>\r\n');
    const since = performance.now();
    await peer.read(/250 2\.1\.0 .*\r\n250 2\.1\.5 .*\r\n/);
    expect(performance.now() - since).toBeLessThan(140);
    await peer.read(/250 2\.1\.5 .*\r\n250 2\.1\.5 .*\r\n/);
  });
});

test('thousands of sessions leave nothing behind', async () => {
  await start();
  const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  for (let round = 0; round < 20; round++) {
    const peers = await Promise.all(Array.from({ length: 50 }, () => engine.connect()));
    await Promise.all(
      peers.map(async (peer) => {
        peer.write('EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n');
        await peer.read(/[^]*354 .*\r\n/);
        peer.write('.\r\nQUIT\r\n');
        await peer.rest();
      }),
    );
  }
  await eventually(() => engine.server.connections().length === 1);
  expect(timers()).toBeLessThanOrEqual(before);
  expect((engine.server.addresses()[0]!.address as AddressInfo).port).toBe(engine.port);
});
