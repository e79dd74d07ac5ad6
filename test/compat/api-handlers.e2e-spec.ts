import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SMTPServer as Server, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { eventually } from '../support/engine.js';
import { libraries } from './support/libraries.js';
import { listening, plain, QUIET, type Running, start } from './support/running.js';

/** An error with the code of its reply. */
function refusal(text: string, responseCode?: number): Error {
  return Object.assign(new Error(text), responseCode === undefined ? {} : { responseCode });
}

describe.each(libraries)('handlers of %s', (_library, SMTPServer) => {
  let running: Running;
  afterEach(() => running.stop());

  test('in options, with the server as this', async () => {
    const called: [string, unknown][] = [];
    const note = (name: string, self: unknown): number => called.push([name, self]);
    running = await start(SMTPServer, {
      onConnect(_session, callback) {
        note('connect', this);
        callback();
      },
      onSecure(_socket, _session, callback) {
        note('secure', this);
        callback();
      },
      onAuth(auth, _session, callback) {
        note('auth', this);
        callback(null, { user: auth.username });
      },
      onMailFrom(_address, _session, callback) {
        note('mail', this);
        callback();
      },
      onRcptTo(_address, _session, callback) {
        note('rcpt', this);
        callback();
      },
      onData(stream, _session, callback) {
        note('data', this);
        stream.resume();
        stream.on('end', () => callback());
      },
      onClose() {
        note('close', this);
      },
    });
    const peer = await running.secure();
    await peer.command(`AUTH PLAIN ${plain('ann', 'x')}`);
    await peer.nextMessage();
    expect(await peer.command('.')).toBe('250 OK: message queued\r\n');
    await peer.command('QUIT');
    await peer.rest();
    await eventually(() => called.some(([name]) => name === 'close'));
    await sleep(20);
    expect(called.map(([name]) => name)).toEqual(['connect', 'secure', 'auth', 'mail', 'rcpt', 'data', 'close']);
    expect(called.every(([, self]) => self === running.server)).toBe(true);
  });

  test('overridden in a subclass, with super', async () => {
    const heard: string[] = [];
    class OurServer extends SMTPServer {
      readonly greetingText = 'never heard of';
      override onRcptTo(...[address, session, callback]: Parameters<Server['onRcptTo']>): void {
        heard.push(address.address);
        if (address.address.startsWith('no')) return callback(new Error(`${this.greetingText} ${address.address}`));
        super.onRcptTo(address, session, callback);
      }
    }
    running = await listening(new OurServer({ ...QUIET, authOptional: true }));
    const peer = await running.greet();
    await peer.command('MAIL FROM:<a@b>');
    expect(await peer.command('RCPT TO:<nobody@b>')).toBe('550 never heard of nobody@b\r\n');
    expect(await peer.command('RCPT TO:<c@d>')).toBe('250 Accepted\r\n');
    expect(heard).toEqual(['nobody@b', 'c@d']);
  });

  test('assigned later, and exchanged while clients are there', async () => {
    running = await start(SMTPServer);
    const peer = await running.greet();
    running.server.onMailFrom = (_address, _session, callback) => callback(refusal('closed for today', 450));
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('450 closed for today\r\n');
    running.server.onMailFrom = (_address, _session, callback) => callback();
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('250 Accepted\r\n');
  });

  test.each<[string, SMTPServerOptions, string]>([
    ['onConnect', { onConnect: (_session, cb) => cb(refusal('not you')) }, '554 not you'],
    ['onConnect with a code', { onConnect: (_session, cb) => cb(refusal('later', 421)) }, '421 later'],
  ])('%s refuses and hangs up', async (_what, options, reply) => {
    running = await start(SMTPServer, options);
    expect(await (await running.dial()).rest()).toBe(`${reply}\r\n`);
  });

  test.each<[string, SMTPServerOptions, string]>([
    ['onMailFrom', { onMailFrom: (_address, _session, cb) => cb(refusal('no such sender')) }, '550 no such sender'],
    ['onMailFrom, code', { onMailFrom: (_address, _session, cb) => cb(refusal('wait', 451)) }, '451 wait'],
    ['onRcptTo', { onRcptTo: (_address, _session, cb) => cb(refusal('no such user')) }, '550 no such user'],
    ['onRcptTo, code', { onRcptTo: (_address, _session, cb) => cb(refusal('full', 452)) }, '452 full'],
    ['onData', { onData: (_stream, _session, cb) => cb(refusal('not this')) }, '450 not this'],
    ['onData, code', { onData: (_stream, _session, cb) => cb(refusal('spam', 554)) }, '554 spam'],
    ['onData, text', { onData: (_stream, _session, cb) => cb(null, 'queued as 7') }, '250 queued as 7'],
  ])('%s decides the reply', async (what, options, reply) => {
    running = await start(SMTPServer, options);
    const peer = await running.greet();
    const lines = ['MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', 'text\r\n.'];
    const at = what.startsWith('onMail') ? 1 : what.startsWith('onRcpt') ? 2 : 4;
    let last = '';
    for (const line of lines.slice(0, at)) last = await peer.command(line);
    expect(last).toBe(`${reply}\r\n`);
  });

  test('onSecure refuses after STARTTLS', async () => {
    running = await start(SMTPServer, { onSecure: (_socket, _session, cb) => cb(refusal('wrong name')) });
    const peer = await running.greet();
    await peer.command('STARTTLS');
    await peer.startTls();
    expect(await peer.rest()).toBe('554 wrong name\r\n');
  });

  test('a text with line ends is one line', async () => {
    running = await start(SMTPServer, { onMailFrom: (_a, _s, cb) => cb(refusal('one\r\n250 two')) });
    const peer = await running.greet();
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('550 one  250 two\r\n');
    expect(await peer.command('NOOP')).toBe('250 OK\r\n');
  });

  test('a synchronous throw is 451, and the text stays here', async () => {
    running = await start(SMTPServer, {
      onMailFrom() {
        throw new Error('password of the database');
      },
    });
    const peer = await running.greet();
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('451 Error: internal server error\r\n');
    expect(await peer.command('NOOP')).toBe('250 OK\r\n');
  });

  test('the session is one object, what an application puts on it stays', async () => {
    const seen: (SMTPServerSession & { trace?: string[] })[] = [];
    running = await start(SMTPServer, {
      onConnect(session, callback) {
        (session as (typeof seen)[0]).trace = ['connect'];
        seen.push(session);
        callback();
      },
      onAuth: (_auth, session, callback) => (seen.push(session), callback(null, { user: { name: 'ann' } })),
      onRcptTo: (_address, session, callback) => (seen.push(session), callback()),
      onClose: (session) => void seen.push(session),
    });
    const peer = await running.secure();
    await peer.command(`AUTH PLAIN ${plain('ann', 'x')}`);
    await peer.command('RSET');
    await peer.command('EHLO again');
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
    await peer.command('RCPT TO:<c@d>');
    await peer.command('QUIT');
    await peer.rest();
    await eventually(() => seen.length === 4);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatchObject({ trace: ['connect'], user: { name: 'ann' }, transmissionType: 'ESMTPSA' });
  });
});
