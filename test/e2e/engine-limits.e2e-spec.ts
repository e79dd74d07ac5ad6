import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  type MessageStream,
  type Session,
  SmtpHandlerTimeout,
  type SmtpServerOptions,
} from 'smtp-engine';
import { type Engine, startEngine } from '../support/engine.js';

let engine: Engine | undefined;
const started = async (backend: Backend, options: SmtpServerOptions = {}): Promise<Engine> =>
  (engine = await startEngine(backend, options));

afterEach(() => engine?.stop());

const never = (): Promise<never> => new Promise(() => undefined);
const timeouts = (): string[] =>
  engine!.errors.filter((error) => error instanceof SmtpHandlerTimeout).map(({ hook }) => hook);

describe('a hook that does not answer in time', () => {
  test.each([
    ['hello', 'EHLO client', [], /^451 Local error/],
    ['mail', 'MAIL FROM:<a@b>', ['EHLO client'], /^451 4\.3\.0 /],
    ['rcpt', 'RCPT TO:<c@d>', ['EHLO client', 'MAIL FROM:<a@b>'], /^451 4\.3\.0 /],
    ['auth', 'AUTH PLAIN AGEAYg==', ['EHLO client'], /^454 4\.7\.0 /],
  ] as const)('%s gets a reply, and the session goes on', async (hook, line, before, reply) => {
    await started({ auth: () => true, [hook]: never }, { handlerTimeouts: { [hook]: 60 }, allowInsecureAuth: true });
    const peer = await engine!.connect();
    await peer.reply();
    for (const command of before) await peer.command(command);
    expect(await peer.command(line)).toMatch(reply);
    expect(await peer.command('NOOP')).toMatch(/^250 /);
    expect(timeouts()).toEqual([hook]);
  });

  test.each(['connect', 'secure'] as const)('%s closes the connection with 421', async (hook) => {
    await started({ [hook]: never }, { handlerTimeouts: { [hook]: 60 } });
    const peer = hook === 'connect' ? await engine!.connect() : await engine!.connectSecure();
    expect(await peer.rest()).toMatch(/^421 /);
    expect(timeouts()).toEqual([hook]);
  });

  test('changes nothing when it answers later', async () => {
    const slow = async (): Promise<unknown> => {
      await sleep(120);
      return { name: 'too late' };
    };
    await started({ auth: slow, mail: slow }, { handlerTimeouts: { auth: 40, mail: 40 }, allowInsecureAuth: true });
    const peer = await engine!.connect();
    await peer.reply();
    await peer.command('EHLO client');
    expect(await peer.command('AUTH PLAIN AGEAYg==')).toMatch(/^454 /);
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^451 /);
    await sleep(150);
    const [session] = engine!.sessions as [Session];
    expect([session.user, session.isAuthenticated, session.envelope]).toEqual([undefined, false, undefined]);
    expect(await peer.command('RCPT TO:<c@d>')).toMatch(/^503 /);
  });
});

describe('a data handler that does not come to an end', () => {
  test('after the whole message: 451, the signal fires, and the session goes on', async () => {
    let signal: AbortSignal | undefined;
    const data: Backend['data'] = async (message, transaction) => {
      ({ signal } = transaction);
      message.resume();
      await never();
    };
    await started({ data }, { handlerTimeouts: { data: 80 } });
    const peer = await engine!.connect();
    await peer.beginMessage();
    expect(await peer.command('text\r\n.')).toMatch(/^451 4\.3\.0 /);
    expect(signal!.aborted).toBe(true);
    expect(await peer.command('NOOP')).toMatch(/^250 /);
    expect(timeouts()).toEqual([]);
    expect(engine!.errors).toHaveLength(1); // the SmtpError, with the timeout as its cause
  });

  test('when it stops reading: the rest is read and dropped, then 451', async () => {
    const seen: { message?: MessageStream } = {};
    const data: Backend['data'] = async (message) => {
      seen.message = message;
      message.once('data', () => message.pause());
      await never();
    };
    await started({ data }, { handlerTimeouts: { data: 80 } });
    const peer = await engine!.connect();
    await peer.beginMessage();
    expect(await peer.command(`${'x'.repeat(998)}\r\n`.repeat(1000) + '.')).toMatch(/^451 4\.3\.0 /);
    expect(seen.message!.destroyed).toBe(true);
    expect(await peer.nextMessage()).toMatch(/^354 /);
  });
});

describe('a message that comes too slowly', () => {
  test('is cut, although an octet comes now and then', async () => {
    await started({}, { socketTimeout: 200, minDataRate: 1000 });
    const peer = await engine!.connect();
    await peer.beginMessage();
    const drip = setInterval(() => peer.write('x'), 40);
    const began = Date.now();
    expect(await peer.rest()).toMatch(/^421 4\.4\.2 /);
    clearInterval(drip);
    expect(Date.now() - began).toBeLessThan(2000);
  });

  test('is waited for where the rate is 0', async () => {
    await started({}, { socketTimeout: 200, minDataRate: 0 });
    const peer = await engine!.connect();
    await peer.beginMessage();
    for (let n = 0; n < 12; n++) {
      peer.write('x');
      await sleep(40);
    }
    expect(await peer.command('\r\n.')).toMatch(/^250 /);
  });
});

test('what follows DATA before its 354 ends the connection, and no handler keeps it', async () => {
  let failure: unknown;
  await started({
    async data(message) {
      await sleep(30);
      for await (const chunk of message) void chunk;
    },
    error: (error) => (failure = error),
  });
  const peer = await engine!.connect();
  await peer.reply();
  peer.write('EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\n.\r\nNOOP\r\n');
  expect(await peer.rest()).toMatch(/554 5\.5\.0 [^\r]*\r\n$/);
  await sleep(50);
  expect(failure).toMatchObject({ name: 'SmtpClientGone' });
});

describe('connections of one client', () => {
  test('are limited, and a place that is given back can be taken', async () => {
    await started({}, { maxClientsPerAddress: 2 });
    const [one, two] = [await engine!.connect(), await engine!.connect()];
    await Promise.all([one.reply(), two.reply()]);
    expect(await (await engine!.connect()).rest()).toMatch(/^421 Too many connections from your address/);
    await one.command('QUIT');
    await one.rest();
    await one.gone();
    await sleep(20);
    expect(await (await engine!.connect()).reply()).toMatch(/^220 /);
  });

  test('are told apart by the address that a PROXY header gives', async () => {
    await started({}, { maxClientsPerAddress: 1, useProxy: ['127.0.0.1'] });
    const from = async (address: string): Promise<string> => {
      const peer = await engine!.connect();
      peer.write(`PROXY TCP4 ${address} 192.0.2.200 1000 25\r\n`);
      return peer.reply();
    };
    expect(await from('192.0.2.1')).toMatch(/^220 /);
    expect(await from('192.0.2.1')).toMatch(/^421 /);
    expect(await from('192.0.2.2')).toMatch(/^220 /);
  });
});

test('TLS that ends upstream counts as TLS', async () => {
  const users: unknown[] = [];
  engine = await startEngine({ auth: ({ username }) => users.push(username) > 0 && { username } });
  const { address } = await engine.server.listen({
    host: '127.0.0.1',
    port: 0,
    secure: true,
    secured: true,
    authOptional: false,
  });
  const peer = await engine.connect((address as { port: number }).port);
  expect(await peer.reply()).toMatch(/^220 /);
  const hello = await peer.command('EHLO client');
  expect(hello).toMatch(/AUTH LOGIN PLAIN/);
  expect(hello).not.toMatch(/STARTTLS/);
  expect(await peer.command('AUTH PLAIN AGEAYg==')).toMatch(/^235 /);
  expect(users).toEqual(['a']);
});
