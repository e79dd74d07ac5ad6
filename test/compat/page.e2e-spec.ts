import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { SMTPServer, SMTPServerAuthentication } from 'smtp-server';
import type { Peer } from '../support/engine.js';
import { readTranscripts, type Step } from '../support/transcripts.js';
import { libraries } from './support/libraries.js';
import { PageExamples } from './support/page-examples.js';
import { base64, listening, plain, type Running } from './support/running.js';

interface Example {
  readonly server: SMTPServer;
  readonly [name: string]: unknown;
}

const DENIED = { responseCode: 535 };

describe.each(libraries)('the Authentication page with %s', (library) => {
  const examples = new PageExamples(library);
  const servers: Running[] = [];
  let problems: readonly string[];
  beforeAll(() => {
    problems = examples.compile();
  }, 60_000);
  afterEach(() => Promise.all(servers.splice(0).map((running) => running.stop())));
  afterAll(() => examples.remove());

  /** Starts one of the servers that an example exports. */
  async function run<T = object>(name: string, which = 'server'): Promise<Running & { readonly example: Example & T }> {
    const example = await examples.run<Example & T>(name);
    const running = await listening(example[which] as SMTPServer);
    servers.push(running);
    return Object.assign(running, { example });
  }

  test('every example compiles with the types of the library', () => {
    expect(problems).toEqual([]);
  });

  test('mechanisms are offered in the order in which they are given', async () => {
    const peer = await (await run('methods')).dial();
    await peer.reply();
    await peer.command('EHLO client');
    await peer.command('STARTTLS');
    await peer.startTls();
    expect(await peer.command('EHLO client')).toContain(' AUTH CRAM-MD5 PLAIN LOGIN\r\n');
    expect(await peer.command('AUTH XOAUTH2')).toBe('504 Error: Unrecognized authentication type\r\n');
    const byDefault = await (await run('methods', 'byDefault')).secure();
    expect(await byDefault.command('EHLO client')).toContain(' AUTH LOGIN PLAIN\r\n');
  });

  test('each mechanism has its object', async () => {
    const running = await run<{ seen: SMTPServerAuthentication[] }>('auth-object');
    const logIn = async (...lines: readonly (string | ((challenge: string) => string))[]): Promise<string> => {
      const peer = await running.secure();
      let reply = '';
      for (const line of lines) reply = await peer.command(typeof line === 'string' ? line : line(reply));
      return reply;
    };
    expect(await logIn(`AUTH PLAIN ${plain('ann', 'pass')}`)).toBe('235 Authentication successful\r\n');
    expect(await logIn('AUTH LOGIN', base64('ann'), base64('pass'))).toMatch(/^235 /);
    expect(await logIn('AUTH CRAM-MD5', (challenge) => cramMd5(challenge, 'ann', 'pass'))).toMatch(/^235 /);
    expect(await logIn(`AUTH XOAUTH2 ${base64('user=ann\x01auth=Bearer t0ken\x01\x01')}`)).toMatch(/^235 /);
    expect(await logIn('XCLIENT LOGIN=ann')).toMatch(/^220 /);
    const [byPlain, byLogin, byCram, byToken, byProxy] = running.example.seen;
    expect(byPlain).toEqual({ method: 'PLAIN', username: 'ann', authcid: 'ann', authzid: '', password: 'pass' });
    expect(byLogin).toEqual({ method: 'LOGIN', username: 'ann', password: 'pass' });
    expect(byToken).toEqual({ method: 'XOAUTH2', username: 'ann', accessToken: 't0ken' });
    expect(byProxy).toEqual({ method: 'XCLIENT', username: 'ann', password: null });
    expect(byCram).toEqual({
      method: 'CRAM-MD5',
      username: 'ann',
      challenge: expect.stringMatching(/^<[0-9a-f]{32}\.\d+@.+>$/),
      challengeResponse: expect.stringMatching(/^[0-9a-f]{32}$/),
      validatePassword: expect.any(Function),
    });
    expect([byCram!.validatePassword('pass'), byCram!.validatePassword('other')]).toEqual([true, false]);
  });

  test.each([
    ['taken', '235 Authentication successful'],
    ['refused', '535 That is not your password'],
    ['locked', '534 This account is locked'],
    ['broken', '535 The directory does not answer'],
    ['busy', '454 Come back in a minute'],
    ['nobody', '535 Error: Authentication credentials invalid'],
  ])('what the callback gets is the reply: %s', async (username, reply) => {
    const peer = await (await run('answers')).secure();
    expect(await peer.command(`AUTH PLAIN ${plain(username, 'x')}`)).toBe(`${reply}\r\n`);
  });

  test('a user name and a password', async () => {
    const running = await run('password');
    for (const method of ['PLAIN', 'LOGIN']) {
      expect(await running.send({ user: 'printer', pass: 'toner', method })).toBe('250 OK: message queued');
      const wrong = running.send({ user: 'printer', pass: 'ink', method });
      await expect(wrong).rejects.toMatchObject({ ...DENIED, response: '535 Wrong name or password' });
    }
    await expect(running.send()).rejects.toMatchObject({ responseCode: 530 });
  });

  test('CRAM-MD5, and passwords for all others', async () => {
    const running = await run<{ users: unknown[] }>('cram-md5');
    for (const method of ['CRAM-MD5', 'PLAIN', 'LOGIN']) {
      expect(await running.send({ user: 'till@shop.example', pass: 'drawer', method })).toMatch(/^250 /);
      const wrong = running.send({ user: 'till@shop.example', pass: 'purse', method });
      await expect(wrong).rejects.toMatchObject({ ...DENIED, response: '535 Wrong secret' });
      const unknown = running.send({ user: 'x@shop.example', pass: 'drawer', method });
      await expect(unknown).rejects.toMatchObject({ ...DENIED, response: '535 There is no such account' });
    }
    const crash = running.send({ user: 'crash@shop.example', pass: 'drawer', method: 'CRAM-MD5' });
    await expect(crash).rejects.toMatchObject({ response: '535 Accounts cannot be looked up now' });
    expect(running.example.users).toEqual(Array(3).fill({ id: 3, email: 'till@shop.example' }));
  });

  test('XOAUTH2: a token, and the words of a refusal', async () => {
    const running = await run<{ users: unknown[] }>('xoauth2');
    const auth = { type: 'OAuth2', user: 'ann@club.example' };
    expect(await running.send({ ...auth, accessToken: 'ya-ann' })).toMatch(/^250 /);
    expect(running.example.users).toEqual([{ email: 'ann@club.example', name: 'ann' }]);
    await expect(running.send({ ...auth, accessToken: 'ya-bob' })).rejects.toMatchObject(DENIED);
    const peer = await running.secure();
    const refusal = await peer.command(`AUTH XOAUTH2 ${base64('user=ann@club.example\x01auth=Bearer ya-bob\x01\x01')}`);
    expect(JSON.parse(Buffer.from(refusal.slice(4), 'base64').toString())).toEqual({
      status: '401',
      schemes: 'bearer',
      scope: 'https://club.example/mail',
    });
    expect(await peer.command('')).toBe('535 Error: Username and Password not accepted\r\n');
    const unknown = await peer.command(`AUTH XOAUTH2 ${base64('user=ann@club.example\x01auth=Bearer no\x01\x01')}`);
    expect(unknown).toBe('535 This token is unknown\r\n');
  });

  test('a way of its own for each method', async () => {
    const running = await run<{ members: unknown[] }>('by-method');
    const logins = [
      { user: 'kim', pass: 'kim-pass', method: 'PLAIN' },
      { user: 'kim', pass: 'kim-pass', method: 'LOGIN' },
      { user: 'kim', pass: 'kim-pass', method: 'CRAM-MD5' },
      { user: 'kim', type: 'OAuth2', accessToken: 'kim-token' },
    ];
    for (const login of logins) {
      expect(await running.send(login)).toMatch(/^250 /);
      const other = { ...login, ...(login.pass ? { pass: 'lee-pass' } : { accessToken: 'lee-token' }) };
      await expect(running.send(other)).rejects.toMatchObject(DENIED);
    }
    expect(running.example.members).toEqual(Array(4).fill({ nick: 'kim' }));
  });

  test('no AUTH before STARTTLS, unless it is allowed', async () => {
    const running = await run('require-tls');
    const peer = await running.greet();
    expect(await peer.command(`AUTH PLAIN ${plain('a', 'b')}`)).toBe(
      '538 Error: Must issue a STARTTLS command first\r\n',
    );
    expect(await running.send({ user: 'a', pass: 'b' })).toMatch(/^250 /);
    const trusting = await (await run('require-tls', 'trusting')).greet();
    expect(await trusting.command(`AUTH PLAIN ${plain('a', 'b')}`)).toMatch(/^235 /);
  });

  test('with authOptional mail comes with a login and without', async () => {
    const running = await run<{ senders: unknown[] }>('optional');
    await running.send();
    await running.send({ user: 'ann', pass: 'x' });
    expect(running.example.senders).toEqual([false, 'ann']);
  });

  test('the tenth command without a login is the last', async () => {
    const peer = await (await run('command-limit')).greet();
    for (let count = 2; count < 10; count++) expect(await peer.command('NOOP')).toBe('250 OK\r\n');
    expect(await peer.command('NOOP')).toBe('421 Error: too many unauthenticated commands\r\n');
    expect(await peer.rest()).toBe('');
  });

  test('the user is the session’s', async () => {
    const running = await run<{ used: unknown[] }>('user-data');
    expect(await running.send({ user: 'ann@club.example', pass: 'x' })).toBe('250 kept for ann@club.example');
    expect(running.example.used).toEqual([{ id: 501, email: 'ann@club.example', quota: 500 }]);
    const peer = await running.secure();
    await peer.command(`AUTH PLAIN ${plain('ann@club.example', 'x')}`);
    await peer.nextMessage();
    expect(await peer.command(`${'x'.repeat(600)}\r\n.`)).toBe('450 Your mailbox is full\r\n');
  });

  test('words of one’s own', async () => {
    const peer = await (await run('messages')).secure();
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('530 Log in before you send, please\r\n');
    const wrong = await peer.command(`AUTH PLAIN ${plain('ali', 'open barley')}`);
    expect(wrong).toBe('535 Neither name nor password will do\r\n');
    expect(await peer.command(`AUTH PLAIN ${plain('ali', 'open sesame')}`)).toMatch(/^235 /);
  });

  const transcripts = readTranscripts(fileURLToPath(new URL('./page/dialogues.md', import.meta.url)));
  test.each(transcripts.map(({ title, steps }) => [title, steps] as const))('typed: %s', async (_title, steps) => {
    await play(await (await run('require-tls', 'trusting')).dial(), steps);
  });
});

function cramMd5(challenge: string, username: string, password: string): string {
  const digest = createHmac('md5', password)
    .update(Buffer.from(challenge.slice(4), 'base64'))
    .digest('hex');
  return base64(`${username} ${digest}`);
}

async function play(peer: Peer, steps: readonly Step[]): Promise<void> {
  for (const { who, text } of steps) {
    if (who === 'C') peer.write(text);
    else if (text === 'tls') await peer.startTls();
    else if (text === 'close') expect(await peer.rest()).toBe('');
    else expect(await peer.read(/^[^\r\n]*\r\n/)).toMatch(pattern(text));
  }
}

/** `…` stands for any text. */
function pattern(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
