import { afterEach, describe, expect, test } from '@jest/globals';
import { type Backend, Reply, replies, SmtpError, type SmtpServerOptions } from 'smtp-engine';
import { type Engine, eventually, type Peer, startEngine } from '../support/engine.js';

const bug = new Error('the database password is hunter2');
const ways: readonly (readonly [how: string, fail: () => never])[] = [
  [
    'throws',
    () => {
      throw bug;
    },
  ],
  ['rejects', () => Promise.reject(bug) as never],
];

let engine: Engine;
afterEach(() => engine.stop());

async function start(backend: Backend, options: SmtpServerOptions = {}): Promise<Peer> {
  engine = await startEngine(backend, options);
  return engine.connect();
}

/** Another client is served: the process lives, and the hook fails for each session alone. */
async function othersAreServed(): Promise<void> {
  const other = await engine.connect();
  expect(await other.reply()).toMatch(/^\d{3} /);
  other.socket.destroy();
}

describe.each(ways)('a hook that %s', (_how, fail) => {
  test('connect: 421, and the connection closes', async () => {
    const peer = await start({ connect: fail });
    expect(await peer.rest()).toBe('421 Service not available, closing connection\r\n');
    expect(engine.errors).toEqual([bug]);
    await othersAreServed();
  });

  test('secure, after STARTTLS: the next command gets 421', async () => {
    const peer = await start({ secure: fail });
    await peer.reply();
    expect(await peer.command('STARTTLS')).toMatch(/^220 /);
    await peer.startTls();
    peer.write('EHLO client\r\n');
    expect(await peer.rest()).toBe('421 4.3.0 Service not available, closing connection\r\n');
    expect(engine.errors).toEqual([bug]);
    await othersAreServed();
  });

  test('secure, with implicit TLS: 421 in place of the greeting', async () => {
    engine = await startEngine({ secure: fail });
    const peer = await engine.connectSecure();
    expect(await peer.rest()).toBe('421 Service not available, closing connection\r\n');
    expect(engine.errors).toEqual([bug]);
  });

  test('hello: 451, and the client has not introduced itself', async () => {
    const peer = await start({ hello: fail });
    await peer.reply();
    expect(await peer.command('EHLO client')).toBe('451 Local error in processing, try again later\r\n');
    expect(await peer.command('HELO client')).toBe('451 Local error in processing, try again later\r\n');
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('503 5.5.1 Send EHLO or HELO first\r\n');
    expect(engine.errors).toEqual([bug, bug]);
  });

  test('mail and rcpt: 451, and the address is not kept', async () => {
    let failing = true;
    const peer = await start({ mail: () => (failing ? fail() : true), rcpt: fail });
    await peer.reply();
    await peer.command('HELO client');
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('451 4.3.0 Local error in processing, try again later\r\n');
    expect(engine.sessions[0]!.envelope).toBeUndefined();
    failing = false;
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
    expect(await peer.command('RCPT TO:<c@d>')).toBe('451 4.3.0 Local error in processing, try again later\r\n');
    expect(engine.sessions[0]!.envelope!.rcptTo).toEqual([]);
    expect(await peer.command('DATA')).toBe('503 5.5.1 Send RCPT first\r\n');
    expect(engine.errors).toEqual([bug, bug]);
  });

  test('data: 451 in place of 354, and the next message is taken', async () => {
    let failing = true;
    const peer = await start({ data: (message) => (failing ? fail() : message.discard()) });
    expect(await peer.beginMessage()).toBe('451 4.3.0 Local error in processing, try again later\r\n');
    failing = false;
    expect(await peer.nextMessage()).toMatch(/^354 /);
    expect(await peer.command('.')).toBe('250 2.6.0 Message accepted\r\n');
    expect(engine.errors).toEqual([bug]);
  });

  test('auth: 454, which is not "wrong password", and another try is free', async () => {
    let failing = true;
    const backend: Backend = { auth: () => (failing ? fail() : true) };
    const peer = await start(backend, { allowInsecureAuth: true, maxFailedLogins: 1 });
    await peer.reply();
    await peer.command('HELO client');
    for (let i = 0; i < 3; i++) {
      expect(await peer.command('AUTH PLAIN AGEAYg==')).toBe('454 4.7.0 Temporary authentication failure\r\n');
    }
    failing = false;
    expect(await peer.command('AUTH PLAIN AGEAYg==')).toMatch(/^235 /);
    expect(engine.errors).toEqual([bug, bug, bug]);
  });

  test('command: 451 for this command', async () => {
    const peer = await start({ command: ({ verb }) => (verb === 'NOOP' ? fail() : undefined) });
    await peer.reply();
    expect(await peer.command('NOOP')).toBe('451 4.3.0 Local error in processing, try again later\r\n');
    expect(await peer.command('RSET')).toBe('250 2.0.0 OK\r\n');
    expect(engine.errors).toEqual([bug]);
  });

  test('isExempt: nothing is lifted', async () => {
    const peer = await start(
      { isExempt: fail, auth: () => true },
      { maxAllowedUnauthenticatedCommands: 2, authOptional: false },
    );
    await peer.reply();
    expect(await peer.command('EHLO client')).not.toContain('AUTH');
    expect(await peer.command('AUTH PLAIN AGEAYg==')).toMatch(/^538 /);
    expect(await peer.command('NOOP')).toMatch(/^250 /);
    peer.write('NOOP\r\n');
    expect(await peer.rest()).toBe('421 4.7.0 Too many commands before authentication\r\n');
    expect(engine.errors).toEqual([bug, bug, bug]);
  });

  test('close: for the log', async () => {
    const peer = await start({ close: fail });
    await peer.reply();
    peer.socket.destroy();
    await eventually(() => engine.errors.length > 0);
    expect(engine.errors).toEqual([bug]);
    await othersAreServed();
  });

  test('error: nobody hears it', async () => {
    const peer = await start({ error: fail, mail: fail, close: fail });
    await peer.reply();
    await peer.command('HELO client');
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^451 /);
    expect(await peer.command('QUIT')).toMatch(/^221 /);
    await peer.rest();
    await othersAreServed();
  });
});

describe('a hook that refuses with a reply of its own', () => {
  const refusal = new Reply(554, '5.7.1', 'Not you');
  const refusals: readonly (readonly [how: string, refuse: () => unknown])[] = [
    [
      'throws it',
      () => {
        throw new SmtpError(refusal);
      },
    ],
    ['rejects with it', () => Promise.reject(new SmtpError(refusal))],
    ['returns it', () => refusal],
    ['promises it', () => Promise.resolve(refusal)],
  ];

  test.each(refusals)('connect %s: the connection closes', async (_how, refuse) => {
    const peer = await start({ connect: refuse });
    peer.write('EHLO client\r\n');
    expect(await peer.rest()).toBe('554 Not you\r\n');
    expect(engine.errors).toEqual([]);
  });

  test.each(refusals)('secure %s: the connection closes', async (_how, refuse) => {
    const peer = await start({ secure: refuse });
    await peer.reply();
    await peer.command('STARTTLS');
    await peer.startTls();
    peer.write('EHLO client\r\n');
    expect(await peer.rest()).toBe('554 5.7.1 Not you\r\n');
    const implicit = await engine.connectSecure();
    expect(await implicit.rest()).toBe('554 Not you\r\n');
    expect(engine.errors).toEqual([]);
  });

  // RFC 5321 §4.1.4: the server stays in the state it was in before a refused EHLO.
  test.each(refusals)('hello %s: everything stays as it was', async (_how, refuse) => {
    const peer = await start({ hello: (session) => (session.hostNameAppearsAs === 'first' ? undefined : refuse()) });
    await peer.reply();
    expect(await peer.command('HELO first')).toMatch(/^250 /);
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(/^250 /);
    expect(await peer.command('EHLO second')).toBe('554 Not you\r\n');
    expect(engine.sessions[0]).toMatchObject({ hostNameAppearsAs: 'first', openingCommand: 'HELO' });
    expect(await peer.command('RCPT TO:<c@d>')).toMatch(/^250 /);
  });

  test.each(refusals)('data %s', async (_how, refuse) => {
    const peer = await start({ data: refuse });
    expect(await peer.beginMessage()).toBe('554 5.7.1 Not you\r\n');
  });

  test('after XCLIENT a connect hook that fails ends the connection', async () => {
    let calls = 0;
    const connect = (): unknown => {
      if (calls++ > 0) throw bug;
      return undefined;
    };
    const peer = await start({ connect }, { useXClient: true });
    await peer.reply();
    peer.write('XCLIENT ADDR=192.0.2.66\r\n', 'EHLO client\r\n');
    expect(await peer.rest()).toBe('421 4.3.0 Service not available, closing connection\r\n');
    expect(engine.errors).toEqual([bug]);
  });

  test('a cause is for the log, the reply for the client', async () => {
    const error = new SmtpError(replies.storageFull, { cause: bug });
    const peer = await start({ mail: () => Promise.reject(error) });
    await peer.reply();
    await peer.command('HELO client');
    expect(await peer.command('MAIL FROM:<a@b>')).toBe('452 4.3.1 Insufficient system storage\r\n');
    expect(engine.errors).toEqual([error]);
  });
});

describe('what else a hook may say', () => {
  test.each<[value: unknown, reply: RegExp]>([
    [undefined, /^250 2\.1\.0 Sender OK/],
    [true, /^250 2\.1\.0 Sender OK/],
    [{ anything: 1 }, /^250 2\.1\.0 Sender OK/],
    [0, /^250 2\.1\.0 Sender OK/],
    ['welcome', /^250 2\.1\.0 welcome/],
    ['a\r\n250 b', /^250 2\.1\.0 a 250 b/],
    ['2.1.9 welcome', /^250 2\.1\.9 welcome/],
    [false, /^550 5\.7\.1 Refused/],
    [null, /^550 5\.7\.1 Refused/],
  ])('%j', async (value, reply) => {
    const peer = await start({ mail: () => value });
    await peer.reply();
    await peer.command('HELO client');
    expect(await peer.command('MAIL FROM:<a@b>')).toMatch(reply);
  });

  test('a text of the hello hook greets; the extensions are still offered', async () => {
    const peer = await start({ hello: () => 'welcome back' });
    await peer.reply();
    expect(await peer.command('EHLO client')).toMatch(/^250-mx\.example welcome back\r\n250-PIPELINING\r\n/);
    expect(await peer.command('HELO client')).toBe('250 mx.example welcome back\r\n');
  });

  test('421 from any hook closes the connection', async () => {
    const peer = await start({ rcpt: () => new Reply(421, '4.7.0', 'Enough') });
    await peer.reply();
    peer.write('HELO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nNOOP\r\n');
    expect((await peer.rest()).split('\r\n').slice(2)).toEqual(['421 4.7.0 Enough', '']);
  });

  test('the command hook may answer, but lifts no limit', async () => {
    const busy = new Reply(450, '4.7.1', 'Not now');
    const peer = await start(
      { auth: () => true, command: ({ verb }) => (verb === 'NOOP' ? busy : verb !== 'HELP') },
      { authOptional: false, maxAllowedUnauthenticatedCommands: 3 },
    );
    await peer.reply();
    expect(await peer.command('NOOP')).toBe('450 4.7.1 Not now\r\n');
    expect(await peer.command('HELP')).toBe('550 5.7.1 Refused\r\n');
    expect(await peer.command('NOOP')).toBe('450 4.7.1 Not now\r\n');
    peer.write('NOOP\r\n');
    expect(await peer.rest()).toBe('421 4.7.0 Too many commands before authentication\r\n');
  });

  test('nor does a command hook that throws its refusals', async () => {
    const command = (): never => {
      throw new SmtpError(replies.refused);
    };
    const peer = await start(
      { auth: () => true, command },
      { authOptional: false, maxAllowedUnauthenticatedCommands: 1 },
    );
    await peer.reply();
    expect(await peer.command('NOOP')).toBe('550 5.7.1 Refused\r\n');
    peer.write('NOOP\r\n');
    expect(await peer.rest()).toBe('421 4.7.0 Too many commands before authentication\r\n');
  });

  test('the command hook sees commands, and of AUTH no secret, however it is written', async () => {
    const seen: unknown[] = [];
    const peer = await start(
      { auth: () => true, command: (command) => void seen.push(command) },
      { allowInsecureAuth: true },
    );
    await peer.reply();
    for (const line of ['noop x y ', 'AUTH PLAIN AGEAc2VjcmV0', ' AUTH PLAIN AGEAc2VjcmV0', 'auth', '', 'QU\u0131T']) {
      peer.write(Buffer.from(`${line}\r\n`));
      await peer.reply();
    }
    expect(seen).toEqual([
      { verb: 'NOOP', args: 'x y' },
      { verb: 'AUTH', args: '' },
      { verb: '', args: '' },
      { verb: 'AUTH', args: '' },
      { verb: '', args: '' },
      { verb: 'QU\u0131T', args: '' },
    ]);
  });
});
