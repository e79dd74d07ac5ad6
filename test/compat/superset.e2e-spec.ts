import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from 'smtp-engine';
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerOptions } from 'smtp-engine/compat';
import { Peer } from '../support/engine.js';
import { ScramClient, type ScramClientOptions } from '../support/sasl.js';
import type { Library } from './support/libraries.js';
import { base64, certificate, plain, type Running, start } from './support/running.js';

let running: Running;
const logins: SMTPServerAuthentication[] = [];
afterEach(async () => {
  logins.length = 0;
  await running.stop();
});

async function begin(options: SMTPServerOptions): Promise<void> {
  running = await start(SMTPServer as unknown as Library, options);
}

/** Takes the password "pencil", the token "good", a certificate, and guests. */
const onAuth: SMTPServerOptions['onAuth'] = (auth, _session, callback) => {
  logins.push(auth);
  if (auth.method === 'OAUTHBEARER' && auth.accessToken !== 'good') {
    return callback(null, { data: { status: 'invalid_token', scope: 'mail' } });
  }
  const isWelcome = auth.method.startsWith('SCRAM') ? auth.validatePassword('pencil') : true;
  callback(null, isWelcome ? { user: auth.username ?? 'guest' } : { message: 'Not you' });
};

describe('SCRAM', () => {
  /** A login; gives the reply that decided, and whether the server proved itself before. */
  async function logIn(mechanism: string, options: ScramClientOptions, peer: Peer): Promise<[string, boolean]> {
    const client = new ScramClient(options);
    const first = await peer.command(`AUTH ${mechanism} ${base64(client.first())}`);
    expect(first).toMatch(/^334 /);
    const final = await peer.command(base64(client.final(Buffer.from(first.slice(4), 'base64').toString())));
    if (!final.startsWith('334')) return [final, false];
    const isProven = Buffer.from(final.slice(4), 'base64').toString() === client.expected;
    return [await peer.command(''), isProven];
  }

  test.each([
    ['SCRAM-SHA-1', 'sha1'],
    ['SCRAM-SHA-256', 'sha256'],
  ] as const)('%s: validatePassword looks at the proof, and then the server proves itself', async (mechanism, hash) => {
    await begin({ authMethods: [mechanism], onAuth });
    const peer = await running.secure();
    expect(await logIn(mechanism, { hash, password: 'pen' }, peer)).toEqual(['535 Not you\r\n', false]);
    expect(await logIn(mechanism, { hash }, peer)).toEqual(['235 Authentication successful\r\n', true]);
    expect(logins.map(({ method, username }) => [method, username])).toEqual(Array(2).fill([mechanism, 'user']));
  });

  test('a handler that says yes without looking at the proof lets nobody in', async () => {
    await begin({
      authMethods: ['SCRAM-SHA-256'],
      onAuth: (_auth, _session, callback) => callback(null, { user: 'x' }),
    });
    const [reply, isProven] = await logIn('SCRAM-SHA-256', { password: 'wrong' }, await running.secure());
    expect([reply.slice(0, 1), isProven]).toEqual([expect.stringMatching(/[45]/), false]);
  });

  test.each([
    ['SCRAM-SHA-1-PLUS', 'sha1'],
    ['SCRAM-SHA-256-PLUS', 'sha256'],
  ] as const)('%s is bound to the TLS connection', async (mechanism, hash) => {
    await begin({ authMethods: [mechanism], onAuth });
    const peer = await running.secure();
    const binding = (peer.socket as TLSSocket).exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    const bound = { hash, gs2: 'p=tls-exporter,,', binding };
    expect(await logIn(mechanism, { ...bound, binding: Buffer.alloc(32) }, peer)).toEqual([
      expect.stringMatching(/^535 /),
      false,
    ]);
    expect(await logIn(mechanism, bound, peer)).toEqual([expect.stringMatching(/^235 /), true]);
  });
});

test('OAUTHBEARER: a token, and the words of a refusal', async () => {
  await begin({ authMethods: ['OAUTHBEARER'], onAuth });
  const peer = await running.secure();
  const token = (word: string): string => base64(`n,a=ann@example.org,\x01auth=Bearer ${word}\x01\x01`);
  const refusal = await peer.command(`AUTH OAUTHBEARER ${token('bad')}`);
  expect(JSON.parse(Buffer.from(refusal.slice(4), 'base64').toString())).toEqual({
    status: 'invalid_token',
    scope: 'mail',
  });
  expect(await peer.command('AQ==')).toMatch(/^535 /);
  expect(await peer.command(`AUTH OAUTHBEARER ${token('good')}`)).toBe('235 Authentication successful\r\n');
  expect(logins[1]).toMatchObject({ method: 'OAUTHBEARER', username: 'ann@example.org', accessToken: 'good' });
});

test('ANONYMOUS: what a guest says of itself', async () => {
  await begin({ authMethods: ['ANONYMOUS'], onAuth });
  const peer = await running.secure();
  expect(await peer.command('EHLO client')).toContain('AUTH ANONYMOUS\r\n');
  expect(await peer.command(`AUTH ANONYMOUS ${base64('visitor 7')}`)).toBe('235 Authentication successful\r\n');
  expect(logins).toMatchObject([{ method: 'ANONYMOUS', trace: 'visitor 7' }]);
});

test('EXTERNAL: who the certificate of the client says it is', async () => {
  const ann = await selfSignedCertificate(['ann']);
  await begin({ secure: true, authMethods: ['EXTERNAL'], requestCert: true, ca: ann.cert, onAuth });
  const options = { port: running.port, host: '127.0.0.1', rejectUnauthorized: false };
  const socket = connectTls({ ...options, ...ann });
  await once(socket, 'secureConnect');
  const peer = new Peer(socket);
  await peer.reply();
  expect(await peer.command('EHLO client')).toContain('AUTH EXTERNAL\r\n');
  expect(await peer.command('AUTH EXTERNAL =')).toBe('235 Authentication successful\r\n');
  expect(logins).toMatchObject([{ method: 'EXTERNAL', username: 'ann' }]);
  expect(logins[0]!.certificate!.subject).toBe('CN=ann');
  socket.destroy();
});

test('CHUNKING: BDAT brings the same message to the same handler', async () => {
  let text = '';
  await begin({
    hideCHUNKING: false,
    onData: (stream, _session, callback) =>
      void stream.on('data', (chunk) => (text += String(chunk))).on('end', () => callback(null, 'kept')),
  });
  const peer = await running.greet();
  expect(await peer.command('EHLO client')).toContain('CHUNKING\r\n');
  await peer.command('MAIL FROM:<a@b>');
  await peer.command('RCPT TO:<c@d>');
  peer.write('BDAT 7\r\nfirst\r\n');
  expect(await peer.reply()).toMatch(/^250 /);
  peer.write('BDAT 9 LAST\r\n.second\r\n');
  expect(await peer.reply()).toBe('250 kept\r\n');
  expect(text).toBe('first\r\n.second\r\n');
});

describe('promises', () => {
  const refusal = (text: string, responseCode: number): Error => Object.assign(new Error(text), { responseCode });

  test('are answers', async () => {
    await begin({
      onConnect: async () => undefined,
      onAuth: async ({ password }) => (password === 'x' ? { user: 'ann' } : {}),
      onMailFrom: async ({ address }) => {
        if (address === 'no@b') throw refusal('not you', 553);
      },
      onData: async (stream) => {
        for await (const _chunk of stream);
        return 'kept';
      },
    });
    const peer = await running.secure();
    expect(await peer.command(`AUTH PLAIN ${plain('ann', 'y')}`)).toMatch(/^535 /);
    expect(await peer.command(`AUTH PLAIN ${plain('ann', 'x')}`)).toBe('235 Authentication successful\r\n');
    expect(await peer.command('MAIL FROM:<no@b>')).toBe('553 not you\r\n');
    await peer.nextMessage();
    expect(await peer.command('text\r\n.')).toBe('250 kept\r\n');
  });

  test('that are rejected are 451, no text goes out, and the connection goes on', async () => {
    await begin({
      onMailFrom: async ({ address }) => {
        if (address === 'no@b') throw new Error('password of the database');
      },
      onData: async (stream) => {
        for await (const _chunk of stream);
        throw new Error('disk of the database');
      },
    });
    const peer = await running.greet();
    expect(await peer.command('MAIL FROM:<no@b>')).toBe('451 Error: internal server error\r\n');
    expect(await peer.nextMessage()).toMatch(/^354 /);
    expect(await peer.command('text\r\n.')).toBe('451 Error: internal server error\r\n');
    expect(await peer.command('NOOP')).toBe('250 OK\r\n');
  });
});

test('keepSingleDot keeps what smtp-server keeps', async () => {
  let text = '';
  await begin({
    keepSingleDot: true,
    onData: (stream, _session, callback) =>
      void stream.on('data', (chunk) => (text += String(chunk))).on('end', () => callback()),
  });
  const peer = await running.greet();
  await peer.nextMessage();
  await peer.command('.x\r\n..y\r\n.');
  expect(text).toBe('.x\r\n.y\r\n');
});

test('serves after close() and listen() as before', async () => {
  await begin({});
  const { port, server } = running;
  for (let round = 0; round < 5; round++) {
    expect(await running.send()).toBe('250 OK: message queued');
    await new Promise<void>((resolve) => server.close(resolve));
    await once(server.listen(port, '127.0.0.1'), 'listening');
  }
});

test('warns once that it has no certificate, unless nothing is to be logged', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    await begin({ ...{ key: undefined, cert: undefined }, logger: false });
    expect(warn).not.toHaveBeenCalled();
    new SMTPServer();
    expect(warn).toHaveBeenCalledTimes(1);
    new SMTPServer({ secure: true, secured: true });
    new SMTPServer({ disabledCommands: ['STARTTLS'] });
    new SMTPServer({ key: certificate.key, cert: certificate.cert });
    expect(warn).toHaveBeenCalledTimes(1);
  } finally {
    warn.mockRestore();
  }
});
