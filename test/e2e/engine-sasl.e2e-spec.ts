import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import {
  type Backend,
  type Credentials,
  ExternalAuth,
  replies,
  ScramAuth,
  type ScramQuery,
  scramSecret,
  SmtpError,
  type SmtpServerOptions,
} from 'smtp-engine';
import { certificate, type Engine, eventually, Peer, startEngine } from '../support/engine.js';
import { ScramClient } from '../support/sasl.js';

const SCRAM = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS'];
const SUCCESS = '235 2.7.0 Authentication successful\r\n';
const REFUSED = '535 5.7.8 Authentication credentials invalid\r\n';
const MALFORMED = '501 5.5.2 Malformed authentication response\r\n';
const UNKNOWN = '504 5.5.4 Unrecognized authentication type\r\n';

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

let engine: Engine;
let logins: Credentials[];
let alice: KeyPair;
let mallory: KeyPair;
afterEach(() => engine.stop());

beforeAll(async () => {
  alice = await clientCertificate('alice');
  mallory = await clientCertificate('mallory');
});

async function clientCertificate(name: string): Promise<KeyPair> {
  const options = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    ...options,
    extensions: [{ name: 'basicConstraints', cA: true }],
  });
  return { key, cert };
}

/** "user" has the password "pencil"; whoever comes as far as the hook is let in. */
async function start(options: SmtpServerOptions, backend: Backend = {}): Promise<void> {
  logins = [];
  engine = await startEngine(
    {
      secret: ({ username, mechanism }) =>
        username === 'user' ? scramSecret('pencil', mechanism, { iterations: 4096 }) : null,
      auth: (credentials) => {
        logins.push(credentials);
        return true;
      },
      ...backend,
    },
    { scramIterations: 4096, ...options },
  );
}

/** A greeted client, over implicit TLS or STARTTLS unless in clear. */
async function client(how: 'clear' | 'STARTTLS' | 'TLS' = 'clear', tls: ConnectionOptions = {}): Promise<Peer> {
  const peer = await engine.connect();
  if (how === 'TLS') {
    peer.socket.destroy();
    const socket = connectTls({ port: engine.securePort, host: '127.0.0.1', rejectUnauthorized: false, ...tls });
    const secured = new Peer(socket);
    await once(socket, 'secureConnect');
    await secured.reply();
    await secured.command('EHLO client');
    return secured;
  }
  await peer.reply();
  await peer.command('EHLO client');
  if (how === 'clear') return peer;
  await peer.command('STARTTLS');
  const { socket } = peer;
  socket.removeAllListeners('data').removeAllListeners('end');
  const secured = new Peer(connectTls({ socket, rejectUnauthorized: false, ...tls }));
  await once(secured.socket, 'secureConnect');
  await secured.command('EHLO client');
  return secured;
}

/** The mechanisms of EHLO. */
async function offered(peer: Peer): Promise<string[]> {
  const line = /^250[ -]AUTH (.*)\r$/m.exec(await peer.command('EHLO client'))?.[1];
  return line?.split(' ') ?? [];
}

/** The answer to the first line of a SCRAM exchange, decoded; the reply itself where it is none. */
async function challenge(peer: Peer, line: string): Promise<string> {
  const reply = await peer.command(line);
  return reply.startsWith('334 ') ? Buffer.from(reply.slice(4), 'base64').toString() : reply;
}

/** Plays SCRAM to its end; the last reply, once the server's signature was seen to be right. */
async function scram(peer: Peer, mechanism: string, scramClient: ScramClient): Promise<string> {
  const serverFirst = await challenge(peer, `AUTH ${mechanism} ${encode(scramClient.first())}`);
  if (!serverFirst.startsWith('r=')) return serverFirst;
  const serverFinal = await challenge(peer, encode(scramClient.final(serverFirst)));
  if (!serverFinal.startsWith('v=')) return serverFinal;
  expect(serverFinal).toBe(scramClient.expected);
  return peer.command('');
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function hashOf(mechanism: string): 'sha1' | 'sha256' {
  return mechanism.includes('256') ? 'sha256' : 'sha1';
}

function exporterOf(peer: Peer): Buffer {
  return (peer.socket as TLSSocket).exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
}

async function endPoint(): Promise<Buffer> {
  const { cert } = await certificate;
  const der = Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return createHash('sha256').update(der).digest();
}

describe('SCRAM', () => {
  test.each(['SCRAM-SHA-1', 'SCRAM-SHA-256'])('%s in clear text, right and wrong', async (mechanism) => {
    await start({ authMethods: SCRAM, allowInsecureAuth: true });
    const peer = await client();
    expect(await offered(peer)).toEqual(['SCRAM-SHA-1', 'SCRAM-SHA-256']);
    const hash = hashOf(mechanism);
    expect(await scram(peer, mechanism, new ScramClient({ hash, password: 'pen' }))).toBe(REFUSED);
    expect(logins).toEqual([]);
    expect(await scram(peer, mechanism, new ScramClient({ hash, gs2: 'n,a=team,' }))).toBe(SUCCESS);
    expect(logins).toHaveLength(1);
    expect(logins[0]).toBeInstanceOf(ScramAuth);
    expect(logins[0]).toMatchObject({ method: mechanism, username: 'user', authzid: 'team', verified: true });
    expect(engine.sessions[0]).toMatchObject({ authMethod: mechanism, user: { username: 'user' } });
  });

  test.each([
    ['SCRAM-SHA-1-PLUS', 'TLS'],
    ['SCRAM-SHA-256-PLUS', 'TLS'],
    ['SCRAM-SHA-256-PLUS', 'STARTTLS'],
  ] as const)('%s over %s is bound to the connection', async (mechanism, how) => {
    await start({ authMethods: SCRAM });
    const hash = hashOf(mechanism);
    const peer = await client(how);
    const other = await client(how);
    expect(await offered(peer)).toEqual(SCRAM);
    const stolen = new ScramClient({ hash, gs2: 'p=tls-exporter,,', binding: exporterOf(other) });
    expect(await scram(peer, mechanism, stolen)).toBe(REFUSED);
    const own = new ScramClient({ hash, gs2: 'p=tls-exporter,,', binding: exporterOf(peer) });
    expect(await scram(peer, mechanism, own)).toBe(SUCCESS);
    const byCertificate = new ScramClient({ hash, gs2: 'p=tls-server-end-point,,', binding: await endPoint() });
    expect(await scram(other, mechanism, byCertificate)).toBe(SUCCESS);
    expect(logins.map(({ method }) => method)).toEqual([mechanism, mechanism]);
  });

  test('with TLS 1.2 there is the certificate to bind to, and no exporter', async () => {
    await start({ authMethods: SCRAM, authFailureDelayMs: false });
    const peer = await client('TLS', { maxVersion: 'TLSv1.2' });
    expect(await offered(peer)).toEqual(SCRAM);
    const exporter = new ScramClient({ gs2: 'p=tls-exporter,,', binding: exporterOf(peer) });
    expect(await scram(peer, 'SCRAM-SHA-256-PLUS', exporter)).toBe(REFUSED);
    const byCertificate = new ScramClient({ gs2: 'p=tls-server-end-point,,', binding: await endPoint() });
    expect(await scram(peer, 'SCRAM-SHA-256-PLUS', byCertificate)).toBe(SUCCESS);
  });

  test('a client from which -PLUS was hidden is refused, one that knows no binding is not', async () => {
    await start({ authMethods: SCRAM });
    const peer = await client('TLS');
    expect(await scram(peer, 'SCRAM-SHA-256', new ScramClient({ gs2: 'y,,' }))).toBe(REFUSED);
    expect(await scram(peer, 'SCRAM-SHA-256-PLUS', new ScramClient({ gs2: 'y,,' }))).toBe(MALFORMED);
    expect(await scram(peer, 'SCRAM-SHA-256', new ScramClient({ gs2: 'n,,' }))).toBe(SUCCESS);
    await engine.stop();
    await start({ authMethods: ['SCRAM-SHA-256'] });
    const later = await client('TLS');
    expect(await scram(later, 'SCRAM-SHA-256', new ScramClient({ gs2: 'y,,' }))).toBe(SUCCESS);
  });

  test('after XCLIENT the TLS connection is the proxy’s', async () => {
    await start({ authMethods: SCRAM, useXClient: ['127.0.0.1'] });
    const peer = await client('TLS');
    await peer.command('XCLIENT ADDR=192.0.2.7');
    expect(await offered(peer)).toEqual(['SCRAM-SHA-1', 'SCRAM-SHA-256']);
  });

  test('users cannot be told from nobody, nor on another port or connection', async () => {
    await start({ authMethods: SCRAM, allowInsecureAuth: true, authFailureDelayMs: false });
    const saltOf = async (username: string, how: 'clear' | 'TLS', mechanism = 'SCRAM-SHA-256'): Promise<string> => {
      const peer = await client(how);
      const scramClient = new ScramClient({ username, hash: hashOf(mechanism) });
      const serverFirst = await challenge(peer, `AUTH ${mechanism} ${encode(scramClient.first())}`);
      expect(await peer.command(encode(scramClient.final(serverFirst)))).toBe(REFUSED);
      return /s=(.*)$/.exec(serverFirst)![1]!;
    };
    const salt = await saltOf('nobody', 'clear');
    expect(salt).toMatch(/^[A-Za-z0-9+/]{22}==,i=4096$/);
    expect(await saltOf('nobody', 'clear')).toBe(salt);
    expect(await saltOf('nobody', 'TLS')).toBe(salt);
    expect(await saltOf('nobody else', 'clear')).not.toBe(salt);
    expect(await saltOf('nobody', 'clear', 'SCRAM-SHA-1')).not.toBe(salt);
    expect(logins).toEqual([]);
  });

  test('a login that the application refuses', async () => {
    await start(
      { authMethods: SCRAM, allowInsecureAuth: true, authFailureDelayMs: false },
      { auth: ({ authzid }) => authzid === '' },
    );
    const peer = await client();
    expect(await scram(peer, 'SCRAM-SHA-256', new ScramClient({ gs2: 'n,a=boss,' }))).toBe(REFUSED);
    expect(engine.sessions[0]!.isAuthenticated).toBe(false);
    expect(await scram(peer, 'SCRAM-SHA-256', new ScramClient())).toBe(SUCCESS);
  });

  test('the hook learns who asks, and its failure is ours', async () => {
    const queries: ScramQuery[] = [];
    await start(
      { authMethods: SCRAM, allowInsecureAuth: true },
      {
        secret: (query, session) => {
          queries.push(query);
          expect(session).toBe(engine.sessions[0]);
          throw new SmtpError(replies.temporaryAuthFailure, { cause: new Error('the directory is away') });
        },
      },
    );
    const peer = await client();
    const scramClient = new ScramClient({ username: 'a=b', gs2: 'n,a=team,' });
    expect(await scram(peer, 'SCRAM-SHA-256', scramClient)).toBe('454 4.7.0 Temporary authentication failure\r\n');
    expect(queries).toEqual([{ username: 'a=b', authzid: 'team', mechanism: 'SCRAM-SHA-256' }]);
    expect(engine.errors).toHaveLength(1);
    expect(engine.sessions[0]!.failedLogins).toBe(0);
  });

  test('secrets are published nowhere', async () => {
    const published: unknown[] = [];
    const listen = (message: unknown): void => void published.push(message);
    const channels = ['auth', 'command', 'reply'].map((name) => `smtp-engine:${name}`);
    for (const channel of channels) subscribe(channel, listen);
    try {
      await start({ authMethods: SCRAM, allowInsecureAuth: true, authFailureDelayMs: false });
      const peer = await client();
      await scram(peer, 'SCRAM-SHA-256', new ScramClient({ password: 'pen' }));
      await scram(peer, 'SCRAM-SHA-256', new ScramClient());
    } finally {
      for (const channel of channels) unsubscribe(channel, listen);
    }
    const told = published.map((message) => ({ ...(message as object), session: undefined }));
    const login = { session: undefined, method: 'SCRAM-SHA-256', username: 'user' };
    expect(told).toContainEqual({ ...login, success: false, reply: replies.authenticationFailed });
    expect(told).toContainEqual({ ...login, success: true, reply: replies.authenticated });
    expect(JSON.stringify(told)).not.toMatch(/clientnonce|p=|biws/);
  });
});

/** The server has closed, and said nothing. */
async function isTurnedAway(peer: Peer): Promise<void> {
  await eventually(() => engine.errors.length > 0 && engine.server.connections().length === 0);
  expect(String(engine.errors.pop())).toMatch(/certificate/);
  expect(peer.received).toBe('');
  peer.socket.destroy();
}

describe('client certificates', () => {
  const EXTERNAL: SmtpServerOptions = { authMethods: ['EXTERNAL', 'PLAIN'], requestCert: true };

  test.each(['TLS', 'STARTTLS'] as const)('EXTERNAL over %s', async (how) => {
    await start({ ...EXTERNAL, ca: alice.cert });
    const peer = await client(how, alice);
    expect(await offered(peer)).toEqual(['EXTERNAL', 'PLAIN']);
    const session = engine.sessions.at(-1)!;
    expect(session.clientCertificate?.subject).toBe('CN=alice');
    expect(session.authorized).toBe(true);
    expect(await peer.command(`AUTH EXTERNAL ${encode('team')}`)).toBe(SUCCESS);
    expect(logins[0]).toBeInstanceOf(ExternalAuth);
    expect(logins[0]).toMatchObject({ method: 'EXTERNAL', username: 'alice', authcid: 'alice', authzid: 'team' });
    expect((logins[0] as ExternalAuth).certificate.subject).toBe('CN=alice');
  });

  test('EXTERNAL with nothing to say, at once or when asked', async () => {
    await start({ ...EXTERNAL, ca: alice.cert });
    expect(await (await client('TLS', alice)).command('AUTH EXTERNAL =')).toBe(SUCCESS);
    const peer = await client('TLS', alice);
    expect(await peer.command('AUTH EXTERNAL')).toBe('334 \r\n');
    expect(await peer.command('')).toBe(SUCCESS);
    expect(await (await client('TLS', alice)).command(`AUTH EXTERNAL ${encode('a\nb')}`)).toBe(MALFORMED);
    expect(logins.map(({ authzid }) => authzid)).toEqual(['', '']);
  });

  test.each<[what: string, tls: () => ConnectionOptions]>([
    ['no certificate', () => ({})],
    ['one nobody has signed', () => mallory],
  ])('with %s, and rejectUnauthorized: false, there is all but EXTERNAL', async (_what, tls) => {
    await start({ ...EXTERNAL, ca: alice.cert, rejectUnauthorized: false });
    for (const how of ['TLS', 'STARTTLS'] as const) {
      const peer = await client(how, tls());
      expect(await offered(peer)).toEqual(['PLAIN']);
      expect(engine.sessions.at(-1)).toMatchObject({ secure: true, authorized: false, clientCertificate: undefined });
      expect(await peer.command('AUTH EXTERNAL =')).toBe(UNKNOWN);
    }
  });

  test.each<[what: string, tls: () => ConnectionOptions]>([
    ['no certificate', () => ({})],
    ['one nobody has signed', () => mallory],
  ])('with %s the connection closes', async (_what, tls) => {
    await start({ ...EXTERNAL, ca: alice.cert });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connectTls({
        port: engine.securePort,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        maxVersion,
        ...tls(),
      });
      const peer = new Peer(socket);
      await isTurnedAway(peer);
    }
    const plain = await engine.connect();
    await plain.reply();
    await plain.command('EHLO client');
    await plain.command('STARTTLS');
    plain.socket.removeAllListeners('data').removeAllListeners('end');
    const secured = new Peer(connectTls({ socket: plain.socket, rejectUnauthorized: false, ...tls() }));
    await isTurnedAway(secured);
    expect(await (await client('TLS', alice)).command('NOOP')).toBe('250 2.0.0 OK\r\n');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('are still known when a %s session is resumed', async (maxVersion) => {
    await start({ ...EXTERNAL, ca: alice.cert });
    const first = await client('TLS', { ...alice, maxVersion });
    await first.command('NOOP'); // behind it the session can be resumed
    const session = (first.socket as TLSSocket).getSession();
    const again = await client('TLS', { ...alice, maxVersion, session: session! });
    expect((again.socket as TLSSocket).isSessionReused()).toBe(true);
    expect(engine.sessions.at(-1)!.authorized).toBe(true);
    expect(await again.command('AUTH EXTERNAL =')).toBe(SUCCESS);
  });

  test('are not asked for unless it is wanted, and are not the client’s behind XCLIENT', async () => {
    await start({ authMethods: ['PLAIN'] });
    await client('TLS', alice);
    expect(engine.sessions.at(-1)!.clientCertificate).toBeUndefined();
    await engine.stop();
    await start({ ...EXTERNAL, ca: alice.cert, useXClient: ['127.0.0.1'] });
    const peer = await client('TLS', alice);
    await peer.command('XCLIENT ADDR=192.0.2.7');
    expect(await offered(peer)).toEqual(['PLAIN']);
    expect(engine.sessions.at(-1)!.clientCertificate).toBeUndefined();
  });
});

describe('lines of an exchange', () => {
  test('that are too long are 500 5.5.6, and the session goes on', async () => {
    await start({ authMethods: ['PLAIN', 'LOGIN'], allowInsecureAuth: true });
    const peer = await client();
    await peer.command('AUTH LOGIN');
    expect(await peer.command('x'.repeat(13_000))).toBe('500 5.5.6 Authentication exchange line is too long\r\n');
    const password = 'p'.repeat(9000);
    expect(await peer.command(`AUTH PLAIN ${encode(`\0alice\0${password}`)}`)).toBe(SUCCESS);
    expect(logins[0]).toMatchObject({ password });
  });

  test('that never end close the connection', async () => {
    await start({ authMethods: ['LOGIN'], allowInsecureAuth: true });
    const peer = await client();
    await peer.command('AUTH LOGIN');
    peer.write('x'.repeat(300_000));
    expect(await peer.rest()).toBe('421 4.7.0 Command line far too long, closing connection\r\n');
  });
});

describe('the budget of failed logins', () => {
  const wrong = `AUTH PLAIN ${encode('\0alice\0wrong')}`;
  const slow: SmtpServerOptions = { authMethods: ['PLAIN'], allowInsecureAuth: true };

  test('makes refusals later and later, and a pipelined guess waits as well', async () => {
    await start({ ...slow, authFailureDelayMs: 40, maxAuthFailureDelayMs: 60 }, { auth: () => false });
    const peer = await client();
    const times: number[] = [];
    const start0 = performance.now();
    peer.write(`${`${wrong}\r\n`.repeat(4)}NOOP\r\n`);
    for (let i = 0; i < 4; i++) {
      expect(await peer.reply()).toBe(REFUSED);
      times.push(performance.now() - start0);
    }
    expect(await peer.reply()).toBe('250 2.0.0 OK\r\n');
    expect(times[1]! - times[0]!).toBeGreaterThan(35);
    expect(times[2]! - times[1]!).toBeGreaterThan(55);
    expect(times[3]! - times[2]!).toBeGreaterThan(55);
  });

  test('ends with 421 after ten', async () => {
    await start({ ...slow, authFailureDelayMs: 1, maxAuthFailureDelayMs: 2 }, { auth: () => false });
    const peer = await client();
    for (let i = 0; i < 9; i++) expect(await peer.command(wrong)).toBe(REFUSED);
    expect(await peer.command(wrong)).toBe('421 4.7.0 Too many failed authentication attempts\r\n');
    expect(await peer.rest()).toBe('');
  });

  test('has room for exchanges that come to nothing, but not for ever', async () => {
    await start({ ...slow, authMethods: ['PLAIN', 'SCRAM-SHA-256'] });
    const peer = await client();
    const first = `AUTH SCRAM-SHA-256 ${encode('n,,n=user,r=abc')}`;
    for (let i = 0; i < 50; i++) {
      expect(await peer.command(first)).toMatch(/^334 /);
      expect(await peer.command('*')).toBe('501 5.7.0 Authentication cancelled\r\n');
      expect(await peer.command('AUTH PLAIN =')).toBe(MALFORMED);
    }
    expect(await peer.command('AUTH NONSENSE')).toBe('421 4.7.0 Too many failed authentication attempts\r\n');
    expect(engine.sessions[0]!.failedLogins).toBe(0);
  });

  test('can be switched off', async () => {
    await start({ ...slow, authFailureDelayMs: false, maxFailedLogins: false }, { auth: () => false });
    const peer = await client();
    for (let i = 0; i < 30; i++) expect(await peer.command(wrong)).toBe(REFUSED);
  });

  test('waits no longer than the client stays', async () => {
    const before = timers();
    await start({ ...slow, authFailureDelayMs: 30_000, maxAuthFailureDelayMs: 30_000 }, { auth: () => false });
    const peer = await client();
    await peer.command(wrong);
    peer.write(`${wrong}\r\n`);
    await eventually(() => engine.sessions[0]!.failedLogins === 2);
    peer.reset();
    await eventually(() => engine.server.connections().length === 0);
    expect(timers()).toBe(before);
  });

  test('waits no longer than the server', async () => {
    const before = timers();
    await start({ ...slow, authFailureDelayMs: 30_000, maxAuthFailureDelayMs: 30_000 }, { auth: () => false });
    const peer = await client();
    await peer.command(wrong);
    peer.write(`${wrong}\r\n`);
    await eventually(() => engine.sessions[0]!.failedLogins === 2);
    const closed = engine.server.close();
    expect(await peer.rest()).toBe(`${REFUSED}421 4.3.2 Server shutting down\r\n`);
    await closed;
    expect(timers()).toBe(before);
  });

  test('a client that has said its last is still told', async () => {
    await start({ ...slow, authFailureDelayMs: 50 }, { auth: () => false });
    const peer = await client();
    await peer.command(wrong);
    peer.write(`${wrong}\r\n`);
    peer.socket.end();
    expect(await peer.rest()).toBe(REFUSED);
    await sleep(0);
  });

  /** Timers that hold the process, those of the test runner included. */
  function timers(): number {
    return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  }
});
