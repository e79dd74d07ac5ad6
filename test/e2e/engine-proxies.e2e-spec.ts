import { afterEach, describe, expect, test } from '@jest/globals';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  diagnostics,
  type IntruderKind,
  type ReverseResolver,
  type Session,
  SmtpProxyHeaderError,
  type SmtpServerOptions,
} from 'smtp-engine';
import { type Engine, eventually, type Peer, startEngine } from '../support/engine.js';

const V1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n';
/** 192.0.2.7:4711 to 198.51.100.1:25, and AUTHORITY `mx`. */
const V2 = Buffer.from(
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x11\xc0\0\x02\x07\xc6\x33\x64\x01\x12\x67\0\x19\x02\0\x02mx',
  'latin1',
);
const V2_CUT_OFF = V2.subarray(0, -1);
const client = {
  remoteAddress: '192.0.2.7',
  remotePort: 4711,
  localAddress: '198.51.100.1',
  localPort: 25,
  clientHostname: '[192.0.2.7]',
  peerAddress: '127.0.0.1',
};

let engine: Engine;
let events: string[] = [];
let watched: { session: Session; kind: IntruderKind }[] = [];
const watch = (message: unknown): void => void watched.push(message as (typeof watched)[0]);
const onConnection = (): void => void events.push('connection');
const onClose = (): void => void events.push('close');

async function start(options: SmtpServerOptions = {}, backend: Backend = {}): Promise<void> {
  events = [];
  watched = [];
  diagnostics.intruder.subscribe(watch);
  diagnostics.connection.subscribe(onConnection);
  diagnostics.close.subscribe(onClose);
  engine = await startEngine(
    {
      ...backend,
      connect: (session) => {
        events.push('connect hook');
        return backend.connect?.(session);
      },
      close: () => void events.push('close hook'),
    },
    options,
  );
}

afterEach(async () => {
  diagnostics.intruder.unsubscribe(watch);
  diagnostics.connection.unsubscribe(onConnection);
  diagnostics.close.unsubscribe(onClose);
  await engine.stop();
});

const kinds = (): IntruderKind[] => watched.map(({ kind }) => kind);

/** Connects to the port of implicit TLS without a handshake. */
const connectRaw = (): Promise<Peer> => engine.connect(engine.securePort);

describe('a PROXY header', () => {
  test.each<[name: string, header: string | Buffer]>([
    ['version 1', V1],
    ['version 2', V2],
  ])('%s, with the first command in one packet', async (_name, header) => {
    await start({ useProxy: ['127.0.0.0/8'] });
    const peer = await engine.connect();
    peer.write(Buffer.concat([Buffer.from(header as string), Buffer.from('HELO client\r\n')]));
    expect(await peer.reply()).toMatch(/^220 /);
    expect(await peer.reply()).toMatch(/^250 /);
    expect(engine.sessions[0]).toMatchObject(client);
    expect(engine.sessions[0]!.proxy).toMatchObject({
      command: 'PROXY',
      family: 'TCP4',
      source: { address: '192.0.2.7', port: 4711 },
    });
    peer.socket.destroy();
    await eventually(() => events.includes('close hook'));
    expect(events).toEqual(['connection', 'connect hook', 'close', 'close hook']);
    expect(engine.errors).toEqual([]);
  });

  test.each<[name: string, header: string | Buffer]>([
    ['version 1', V1],
    ['version 2', V2],
  ])('%s before implicit TLS, octet by octet', async (_name, header) => {
    await start({ useProxy: true });
    const peer = await connectRaw();
    for (const octet of Buffer.from(header as string)) {
      peer.write(Buffer.of(octet));
      await sleep(1);
    }
    await peer.startTls();
    expect(await peer.reply()).toMatch(/^220 /);
    expect(engine.sessions[0]).toMatchObject({ ...client, secure: true });
  });

  test('before implicit TLS, in one packet with the beginning of the handshake', async () => {
    await start({ useProxy: true });
    // A relay that puts the header in front of the first octets of its client, as a proxy may.
    const relay = await relayWith(V2, engine.securePort);
    const peer = await engine.connect((relay.address() as { port: number }).port);
    await peer.startTls();
    expect(await peer.reply()).toMatch(/^220 /);
    expect(await peer.command('EHLO client')).toMatch(/^250-/);
    expect(engine.sessions[0]).toMatchObject({ ...client, secure: true });
    peer.socket.destroy();
    relay.close();
  });

  test('STARTTLS behind it', async () => {
    await start({ useProxy: true });
    const peer = await engine.connect();
    peer.write(V1);
    await peer.reply();
    expect(await peer.command('STARTTLS')).toMatch(/^220 /);
    await peer.startTls();
    expect(await peer.command('EHLO client')).toMatch(/^250-/);
    expect(engine.sessions[0]).toMatchObject({ ...client, secure: true });
  });

  test('of a Unix socket leaves the addresses as they are', async () => {
    await start({ useProxy: true });
    const peer = await engine.connect();
    const header = Buffer.alloc(16 + 216);
    header.write('\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xd8/run/client', 'latin1');
    peer.write(header);
    expect(await peer.reply()).toMatch(/^220 /);
    expect(engine.sessions[0]).toMatchObject({ remoteAddress: '127.0.0.1', clientHostname: '[127.0.0.1]' });
    expect(engine.sessions[0]!.proxy!.source).toEqual({ path: '/run/client' });
  });

  test('it is the client that is counted, not the proxy', async () => {
    await start({ useProxy: true, useXClient: true, maxClientsPerAddress: 1 });
    const meet = async (address: string): Promise<Peer> => {
      const peer = await engine.connect();
      peer.write(V1.replace('192.0.2.7', address));
      return peer;
    };
    const first = await meet('192.0.2.7');
    expect(await first.reply()).toMatch(/^220 /);
    expect(await first.command('XCLIENT ADDR=192.0.2.9')).toMatch(/^220 /);
    expect(await (await meet('192.0.2.8')).reply()).toMatch(/^220 /);
    expect(await (await meet('192.0.2.7')).rest()).toMatch(/^421 /);
    first.socket.destroy();
    await eventually(() => engine.server.connections().length === 1);
    expect(await (await meet('192.0.2.7')).reply()).toMatch(/^220 /);
  });

  test('peers that are not listed speak plain SMTP', async () => {
    await start({ useProxy: ['10.0.0.0/8'] });
    const peer = await engine.connect();
    expect(await peer.reply()).toMatch(/^220 /);
    expect(engine.sessions[0]).toMatchObject({ remoteAddress: '127.0.0.1', proxy: undefined });
    expect(await peer.command(V1.trimEnd())).toMatch(/^500 /);
  });
});

describe('a PROXY header that is none', () => {
  const refused = async (peer: Peer, problem: string): Promise<void> => {
    expect(await peer.rest()).toBe('');
    await peer.gone();
    await eventually(() => engine.errors.length > 0);
    expect(engine.errors).toEqual([expect.any(SmtpProxyHeaderError)]);
    expect((engine.errors[0] as Error).message).toBe(`the PROXY header of 127.0.0.1 cannot be used: ${problem}`);
    expect((engine.errors[0] as SmtpProxyHeaderError).peerAddress).toBe('127.0.0.1');
    expect(kinds()).toEqual(['proxy-header']);
    // Nobody has met this client: no hook, no event of a connection.
    expect(events).toEqual([]);
    await eventually(() => engine.server.connections().length === 0);
  };

  test.each<[name: string, octets: string | Buffer, problem: string]>([
    ['SMTP', 'EHLO client\r\n', 'there is no PROXY header'],
    ['a TLS handshake', '\x16\x03\x01\x02\0', 'there is no PROXY header'],
    ['half of one', 'PROXY TCP4 192.0.2.7\r\nMAIL FROM:<a@b>\r\n', 'its addresses and ports are malformed'],
    ['an endless line', `PROXY ${'x'.repeat(70_000)}`, 'its line has no end'],
    [
      'one that is too long',
      Buffer.concat([V2.subarray(0, 14), Buffer.of(0xff, 0xff)]),
      'it has 65535 octets; we take 4096',
    ],
  ])('%s: closed without a word, and reported', async (_name, octets, problem) => {
    await start({ useProxy: true });
    const peer = await engine.connect();
    peer.write(octets);
    await refused(peer, problem);
  });

  test('nothing at all, for too long', async () => {
    await start({ useProxy: true, handshakeTimeoutMs: 60 });
    await refused(await engine.connect(), 'it did not come in time');
  });

  test('octets that trickle do not win time', async () => {
    await start({ useProxy: true, handshakeTimeoutMs: 100 });
    const peer = await engine.connect();
    for (const letter of V1.slice(0, 12)) {
      if (peer.closed) break;
      peer.write(letter);
      await sleep(20);
    }
    await refused(peer, 'it did not come in time');
  });

  test.each([
    ['FIN', (peer: Peer): unknown => peer.socket.end()],
    ['RST', (peer: Peer): unknown => peer.reset()],
  ])('%s in the middle of it', async (_name, leave) => {
    await start({ useProxy: true });
    const peer = await engine.connect();
    peer.write(V2_CUT_OFF);
    await sleep(20);
    leave(peer);
    await refused(peer, 'the connection ended before it was complete');
  });

  test.each([
    ['FIN', (peer: Peer): unknown => peer.socket.end()],
    ['RST', (peer: Peer): unknown => peer.reset()],
  ])('%s before the first octet is a health check: nothing is said of it', async (_name, leave) => {
    await start({ useProxy: true });
    const peer = await engine.connect();
    leave(peer);
    await peer.gone();
    await eventually(() => engine.server.connections().length === 0);
    expect([events, engine.errors, kinds()]).toEqual([[], [], []]);
  });

  test('close() does not wait for it', async () => {
    await start({ useProxy: true, closeTimeout: 5000 });
    const peer = await engine.connect();
    await eventually(() => engine.server.connections().length === 1);
    const begin = performance.now();
    await engine.server.close();
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(await peer.rest()).toBe('');
    expect(events).toEqual([]);
  });
});

describe('the reverse lookup', () => {
  const asked: string[] = [];
  const resolver: ReverseResolver = {
    reverse: (address, callback) => {
      asked.push(address);
      setImmediate(callback, null, ['Laptop.Example.']);
    },
  };
  const lookup = { disableReverseLookup: false, resolver };

  test('names the client before the connect hook', async () => {
    const names: string[] = [];
    await start(lookup, { connect: (session) => void names.push(session.clientHostname) });
    const peer = await engine.connect();
    expect(await peer.reply()).toMatch(/^220 /);
    expect(names).toEqual(['laptop.example']);
  });

  test('asks for the client that the proxy names', async () => {
    asked.length = 0;
    await start({ ...lookup, useProxy: true });
    const peer = await engine.connect();
    peer.write(V1);
    expect(await peer.reply()).toMatch(/^220 /);
    expect(asked).toEqual(['192.0.2.7']);
    expect(engine.sessions[0]!.clientHostname).toBe('laptop.example');
  });

  test('is not done by default', async () => {
    await start({});
    const peer = await engine.connect();
    expect(await peer.reply()).toMatch(/^220 /);
    expect(engine.sessions[0]!.clientHostname).toBe('[127.0.0.1]');
  });

  test('octets that come meanwhile are answered after the greeting', async () => {
    await start({ ...lookup, resolver: { reverse: (_, callback) => setTimeout(callback, 30, null, ['a.example']) } });
    const peer = await engine.connect();
    expect(await peer.command('HELO client')).toMatch(/^220 /);
    expect(await peer.reply()).toMatch(/^250 /);
  });

  test('a client that has gone meanwhile meets no hook', async () => {
    let answer: (() => void) | undefined;
    await start({
      ...lookup,
      resolver: { reverse: (_, callback) => (answer = () => callback(null, ['a.example'])) },
    });
    const peer = await engine.connect();
    await eventually(() => answer !== undefined);
    peer.reset();
    await eventually(() => events.includes('close hook'));
    answer!();
    await sleep(10);
    expect(events).toEqual(['connection', 'close', 'close hook']);
  });

  test('a client that has gone during the greeting delay is not looked up', async () => {
    asked.length = 0;
    await start({ ...lookup, greetingDelayMs: 10_000 });
    const peer = await engine.connect();
    await eventually(() => events.includes('connection'));
    peer.reset();
    await eventually(() => events.includes('close hook'));
    await sleep(10);
    expect(asked).toEqual([]);
    expect(events).toEqual(['connection', 'close', 'close hook']);
  });

  test('a resolver that throws is reported, and the client greeted', async () => {
    const bug = new Error('bug');
    await start({
      ...lookup,
      resolver: {
        reverse: () => {
          throw bug;
        },
      },
    });
    const peer = await engine.connect();
    expect(await peer.reply()).toMatch(/^220 /);
    expect(engine.errors).toEqual([bug]);
  });
});

describe('intruders', () => {
  test('a client that speaks before the greeting', async () => {
    await start({ greetingDelayMs: 50 });
    const peer = await engine.connect();
    peer.write('EHLO client\r\n');
    expect(await peer.rest()).toBe('421 You spoke before the greeting, closing connection\r\n');
    expect(kinds()).toEqual(['early-talker']);
    expect(events).not.toContain('connect hook');
  });

  test('one that speaks early inside TLS', async () => {
    await start({ greetingDelayMs: 50 });
    const peer = await engine.connectSecure();
    peer.write('EHLO client\r\n');
    expect(await peer.rest()).toBe('421 You spoke before the greeting, closing connection\r\n');
  });

  test('close() cuts the greeting delay short', async () => {
    await start({ greetingDelayMs: 10_000, closeTimeout: 5000 });
    const peer = await engine.connect();
    await eventually(() => events.includes('connection'));
    const begin = performance.now();
    await Promise.all([engine.server.close(), peer.rest()]);
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test('an HTTP request: nothing of it becomes a command', async () => {
    await start({});
    const peer = await engine.connect();
    peer.write('POST /x HTTP/1.1\r\nHost: mx\r\n\r\nHELO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n');
    expect(await peer.rest()).toMatch(/^220 [^\r]*\r\n421 4\.7\.0 This is SMTP, not HTTP, closing connection\r\n$/);
    expect(engine.sessions[0]!.transaction).toBe(0);
    expect(kinds()).toEqual(['http']);
  });

  test('an HTTP request inside TLS', async () => {
    await start({});
    const peer = await engine.connectSecure();
    peer.write('GET / HTTP/1.1\r\nHost: mx\r\n\r\n');
    expect(await peer.rest()).toMatch(/421 4\.7\.0 This is SMTP, not HTTP/);
  });

  test('a command hook cannot answer for an HTTP request', async () => {
    const verbs: string[] = [];
    await start({}, { command: ({ verb }) => void verbs.push(verb) });
    const peer = await engine.connect();
    peer.write('GET / HTTP/1.1\r\n');
    expect(await peer.rest()).toMatch(/421 4\.7\.0 This is SMTP, not HTTP/);
    expect(verbs).toEqual([]);
  });

  test('a TLS handshake on the clear port', async () => {
    await start({});
    const peer = await engine.connect();
    await expect(peer.startTls()).rejects.toThrow(/wrong version number|packet length/i);
    await eventually(() => kinds().length > 0);
    expect(kinds()).toEqual(['tls-on-clear-port']);
    await eventually(() => engine.server.connections().length === 0);
  });

  test.each(['EHLO client.example\r\n', 'GET / HTTP/1.1\r\nHost: mx\r\n\r\n', 'QUIT\r\n'])(
    'clear text on the port of implicit TLS: %j',
    async (text) => {
      await start({});
      const peer = await connectRaw();
      const begin = performance.now();
      peer.write(text);
      await peer.rest();
      expect(performance.now() - begin).toBeLessThan(1000);
      await eventually(() => kinds().length > 0);
      expect(kinds()).toEqual(['clear-text-on-tls-port']);
      expect(events).not.toContain('connect hook');
    },
  );

  test('a handshake that fails otherwise is no intruder', async () => {
    await start({});
    const peer = await connectRaw();
    peer.reset();
    await eventually(() => events.includes('close hook'));
    expect(kinds()).toEqual([]);
  });
});

/** Passes octets on, with a header in front of the first. */
async function relayWith(header: Buffer, port: number): Promise<Server> {
  const server = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    inner.once('data', (first) => {
      outer.write(Buffer.concat([header, first]));
      inner.pipe(outer);
    });
    outer.pipe(inner);
    for (const [one, other] of [[inner, outer] as const, [outer, inner] as const]) {
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
