// Compat judges 530 in its `command` hook, since smtp-server's rules are about options and session; the engine is told that
// nobody has to log in. Whatever way leads past that hook would be open to everybody: this is the lock on it.
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Peer } from '../../../../test/support/engine.js';
import { CompatBackend } from './backend.js';
import { SMTPServer } from './smtp-server.js';
import type { SMTPServerOptions } from './types.js';

const servers: SMTPServer[] = [];
const peers: Peer[] = [];
let asked: string[] = [];

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(done))));
  asked = [];
});

/** A client of a server that wants a login, and notes what its application is asked about. */
async function meet(options: SMTPServerOptions): Promise<Peer> {
  const server = new SMTPServer({
    name: 'mx.test',
    disableReverseLookup: true,
    logger: false,
    allowInsecureAuth: true,
    maxAllowedUnauthenticatedCommands: false,
    onAuth: (auth, _session, callback) => callback(null, auth.password === 'secret' ? { user: 'me' } : {}),
    onMailFrom: (_address, _session, callback) => (asked.push('onMailFrom'), callback()),
    onRcptTo: (_address, _session, callback) => (asked.push('onRcptTo'), callback()),
    onData: (stream, _session, callback) => void (asked.push('onData'), stream.resume().on('end', () => callback())),
    ...options,
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const peer = new Peer(connect((server.server.address() as AddressInfo).port, '127.0.0.1'));
  peers.push(peer);
  await peer.reply();
  return peer;
}

const plain = (text: string): string => Buffer.from(text).toString('base64');

test.each<[way: string, options: SMTPServerOptions, before: readonly string[]]>([
  ['EHLO', {}, ['EHLO c']],
  ['HELO', {}, ['HELO c']],
  ['LMTP', { lmtp: true }, ['LHLO c']],
  ['RSET', {}, ['EHLO c', 'RSET']],
  ['a login that was refused', {}, ['EHLO c', `AUTH PLAIN ${plain('\0me\0wrong')}`]],
  ['a login that was given up', {}, ['EHLO c', 'AUTH LOGIN', '*']],
  ['a login with an unknown name', {}, ['EHLO c', 'AUTH XCLIENT me']],
  ['a verb that is not there', {}, ['EHLO c', 'FOO', 'BDAT 0 LAST']],
  ['the joke of sendmail', {}, ['EHLO c', 'WIZ please']],
  ['CHUNKING', { hideCHUNKING: false }, ['EHLO c']],
  ['extensions', { extensions: { deliverBy: true, mtPriority: true } }, ['EHLO c']],
  ['XCLIENT', { useXClient: true }, ['EHLO c', 'XCLIENT ADDR=192.0.2.1 NAME=c.test', 'EHLO c']],
  ['XFORWARD', { useXForward: true }, ['EHLO c', 'XFORWARD ADDR=192.0.2.1']],
  ['hidden STARTTLS', { hideSTARTTLS: true }, ['EHLO c']],
  ['STARTTLS that is disabled', { disabledCommands: ['STARTTLS'] }, ['EHLO c']],
  [
    'lists of the session',
    { onConnect: (session, done) => ((session.disabledCommands = ['VRFY']), done()) },
    ['EHLO c'],
  ],
])('nobody sends mail without a login: %s', async (_way, options, before) => {
  const peer = await meet(options);
  for (const line of before) await peer.command(line);
  for (const line of ['MAIL FROM:<a@b>', 'mail from:<a@b>', 'RCPT TO:<c@d>', 'DATA']) {
    expect(await peer.command(line)).toBe('530 Error: authentication Required\r\n');
  }
  const isChunking = options.hideCHUNKING === false;
  expect(await peer.command(isChunking ? 'BDAT 4 LAST\r\ntext' : 'BDAT 0 LAST')).toMatch(
    isChunking ? /^530 / : /^500 /,
  );
  expect(asked).toEqual([]);
});

test('nobody sends mail without a login: all in one packet', async () => {
  const peer = await meet({});
  peer.write('EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n');
  expect(await peer.rest()).toMatch(/^250.*(?:530 [^\r\n]+\r\n){3}500 [^\r\n]+\r\n500 [^\r\n]+\r\n221 /s);
  expect(asked).toEqual([]);
});

test('nobody sends mail without a login: TLS has forgotten it', async () => {
  const peer = await meet({});
  await peer.command('EHLO c');
  expect(await peer.command(`AUTH PLAIN ${plain('\0me\0secret')}`)).toMatch(/^235 /);
  expect(await peer.command('STARTTLS')).toMatch(/^220 /);
  await peer.startTls();
  await peer.command('EHLO c');
  expect(await peer.command('MAIL FROM:<a@b>')).toBe('530 Error: authentication Required\r\n');
  expect(await peer.command(`AUTH PLAIN ${plain('\0me\0secret')}`)).toMatch(/^235 /);
  expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
});

test('nobody sends mail without a login, also where the engine would not ask for commands', async () => {
  const { command } = CompatBackend.prototype;
  CompatBackend.prototype.command = () => Promise.resolve(undefined);
  try {
    const peer = await meet({});
    await peer.command('EHLO c');
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('530 Error: authentication Required\r\n');
    expect(await peer.command('RCPT TO:<c@d>')).toMatch(/^503 /);
    expect(asked).toEqual([]);
  } finally {
    CompatBackend.prototype.command = command;
  }
});
