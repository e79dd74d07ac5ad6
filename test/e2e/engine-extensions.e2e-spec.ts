import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Envelope, type Extension, Reply, replies, SmtpServer, type SmtpServerOptions } from 'smtp-engine';
import { type Engine, eventually, Peer, startEngine } from '../support/engine.js';
import { tenants } from '../support/tenants.js';

let engine: Engine | undefined;
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
});

/** What one message's envelope comes to. */
async function envelopeOf(options: SmtpServerOptions, mail: string, ...rcpts: readonly string[]): Promise<Envelope> {
  let seen: Envelope | undefined;
  engine = await startEngine(
    {
      data: (message, { envelope }) => {
        seen = envelope;
        message.discard();
      },
    },
    options,
  );
  const peer = await engine.connectSecure();
  await peer.reply();
  await peer.command('EHLO client');
  expect(await peer.command(`MAIL FROM:<a@b> ${mail}`)).toMatch(/^250 /);
  for (const rcpt of rcpts) expect(await peer.command(`RCPT TO:${rcpt}`)).toMatch(/^250 /);
  expect(await peer.command('BDAT 2 LAST\r\n')).toMatch(/^250 /);
  return seen!;
}

describe('typed fields', () => {
  test('of DSN', async () => {
    const envelope = await envelopeOf(
      { hideDSN: false },
      'RET=hdrs ENVID=QQ+2B1',
      '<c@d> NOTIFY=success,DELAY ORCPT=rfc822;x+2By@d',
      '<e@d> NOTIFY=NEVER',
      '<f@d>',
    );
    expect(envelope.dsn).toEqual({ ret: 'HDRS', envid: 'QQ+1' });
    expect(envelope.rcptTo.map(({ dsn }) => dsn)).toEqual([
      { notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;x+y@d' },
      { notify: ['NEVER'] },
      undefined,
    ]);
  });

  test('of one DSN parameter alone', async () => {
    expect((await envelopeOf({ hideDSN: false }, 'ENVID=x', '<c@d> ORCPT=rfc822;c@d')).dsn).toEqual({
      ret: null,
      envid: 'x',
    });
  });

  test('of ORCPT in UTF-8', async () => {
    engine = await startEngine({}, { hideDSN: false });
    const peer = await engine.connect();
    await peer.reply();
    await peer.command('EHLO client');
    await peer.command('MAIL FROM:<a@b> SMTPUTF8');
    expect(await peer.command('RCPT TO:<c@d> ORCPT=utf-8;bö@d')).toMatch(/^250 /);
    expect(engine.sessions[0]!.envelope!.rcptTo[0]!.dsn).toEqual({ orcpt: 'utf-8;bö@d' });
  });

  test('of REQUIRETLS, BINARYMIME, MT-PRIORITY, DELIVERBY, SOLICIT, RRVS', async () => {
    const envelope = await envelopeOf(
      {
        hideREQUIRETLS: false,
        extensions: { binaryMime: true, mtPriority: true, deliverBy: true, noSoliciting: true, rrvs: true },
      },
      'REQUIRETLS BODY=BINARYMIME MT-PRIORITY=-9 BY=+060;nT SOLICIT=net.example:ADV,org.example:NEWS',
      '<c@d> RRVS=2026-09-01T00:00:00Z;c',
      '<e@d> RRVS=2026-09-01T00:00:00Z',
    );
    expect(envelope).toMatchObject({
      requireTLS: true,
      bodyType: 'binarymime',
      mtPriority: -9,
      deliverBy: { seconds: 60, mode: 'N', trace: true },
      solicit: ['net.example:ADV', 'org.example:NEWS'],
    });
    const since = new Date('2026-09-01T00:00:00Z');
    expect(envelope.rcptTo.map(({ rrvs }) => rrvs)).toEqual([
      { since, action: 'continue' },
      { since, action: 'reject' },
    ]);
  });

  test('of FUTURERELEASE, whose latest time moves on', async () => {
    const soon = new Date(Date.now() + 30_000).toISOString();
    const options = { extensions: { futureRelease: { maxIntervalSeconds: 60 } } };
    const envelope = await envelopeOf(options, `HOLDUNTIL=${soon}`, '<c@d>');
    expect(envelope.futureRelease).toEqual({ holdUntil: new Date(soon) });
    const peer = await engine!.connect();
    await peer.reply();
    const offered = /FUTURERELEASE 60 (\S+)/.exec(await peer.command('EHLO client'))![1]!;
    expect(Math.abs(Date.parse(offered) - Date.now() - 60_000)).toBeLessThan(5000);
    const late = new Date(Date.now() + 90_000).toISOString();
    expect(await peer.command(`MAIL FROM:<a@b> HOLDUNTIL=${late}`)).toMatch(/^501 /);
    expect(await peer.command('MAIL FROM:<a@b> HOLDFOR=60')).toMatch(/^250 /);
    expect(engine!.sessions[1]!.envelope!.futureRelease).toEqual({ holdFor: 60 });
  });
});

test('LIMITS says at most six digits', async () => {
  engine = await startEngine({}, { maxRecipients: 5_000_000 });
  const peer = await engine.connect();
  await peer.reply();
  expect(await peer.command('EHLO client')).toContain('250-LIMITS RCPTMAX=999999\r\n');
});

describe('an extension of the application', () => {
  const options: SmtpServerOptions = { allowInsecureAuth: true, customExtensions: [tenants(['acme', 'globex'])] };

  async function start(more: SmtpServerOptions = {}): Promise<{ peer: Peer; seen: Envelope[] }> {
    const seen: Envelope[] = [];
    engine = await startEngine(
      { auth: () => true, data: (message, { envelope }) => (seen.push(envelope), message.discard()) },
      { ...options, ...more },
    );
    const peer = await engine.connect();
    await peer.reply();
    return { peer, seen };
  }

  test('offers, answers, and puts its value on the envelope', async () => {
    const { peer, seen } = await start({ authOptional: false });
    expect(await peer.command('EHLO client')).not.toContain('XTENANT');
    expect(await peer.command('XTENANTS')).toBe('530 5.7.0 Authentication required\r\n');
    await peer.command('AUTH PLAIN AGEAYg==');
    expect(await peer.command('EHLO client')).toMatch(/250[- ]XTENANT acme globex\r\n/);
    expect(await peer.command('xtenants')).toBe('250-2.0.0 acme\r\n250 2.0.0 globex\r\n');
    expect(await peer.command('MAIL FROM:<a@b> XTENANT=initech')).toBe('550 5.7.1 There is no such tenant\r\n');
    expect(await peer.command('MAIL FROM:<a@b> XTENANT=acme')).toMatch(/^250 /);
    await peer.command('RCPT TO:<c@d>');
    expect(await peer.command('BDAT 2 LAST\r\n')).toMatch(/^250 /);
    expect(seen[0]).toMatchObject({ custom: { tenant: 'acme' }, mailFrom: { args: { XTENANT: 'acme' } } });
  });

  test('is what the guide shows', () => {
    const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    expect(read('docs/guide/extensions.md')).toContain(read('test/support/tenants.ts'));
  });

  test('may be switched off by its verb', async () => {
    const { peer } = await start({ disabledCommands: ['XTENANTS'] });
    expect(await peer.command('XTENANTS')).toMatch(/^500 /);
  });

  test('takes parameters of RCPT, and may fail without harm', async () => {
    const failing: Extension = {
      keyword: 'XFAIL',
      offer: () => Promise.resolve(true),
      commands: [{ verb: 'XFAIL', syntax: 'XFAIL', phases: ['ready'], run: () => Promise.reject(new Error('bug')) }],
      rcptParameters: {
        XFAIL: () => {
          throw new Error('bug');
        },
        XNOTE: (value, draft) => void (draft.custom = { note: value }),
      },
    };
    const { peer, seen } = await start({ customExtensions: [failing] });
    expect(await peer.command('EHLO client')).toMatch(/250[- ]XFAIL\r\n/);
    expect(await peer.command('XFAIL')).toBe('451 4.3.0 Local error in processing, try again later\r\n');
    await peer.command('MAIL FROM:<a@b>');
    expect(await peer.command('XFAIL')).toBe('503 5.5.1 Bad sequence of commands\r\n');
    expect(await peer.command('RCPT TO:<c@d> XFAIL')).toMatch(/^451 /);
    expect(await peer.command('RCPT TO:<c@d> XNOTE=hi')).toMatch(/^250 /);
    expect(await peer.command('BDAT 2 LAST\r\n')).toMatch(/^250 /);
    expect(seen[0]!.rcptTo[0]!.custom).toEqual({ note: 'hi' });
  });

  test('cannot replace anything', () => {
    const server = new SmtpServer({
      authOptional: true,
      recipients: 'any',
      customExtensions: [
        {
          keyword: 'SIZE',
          offer: () => true,
          commands: [{ verb: 'DATA', syntax: 'DATA', phases: ['rcpt'], run: () => replies.ok }],
          mailParameters: { BODY: () => undefined },
        },
      ],
    });
    expect(() => server.addListener()).toThrow(
      /keyword SIZE is taken[\s\S]*verb DATA is taken[\s\S]*parameter of MAIL BODY is taken/,
    );
  });
});

describe('LMTP', () => {
  test('on a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lmtp-'));
    const seen: string[] = [];
    const errors: unknown[] = [];
    const server = new SmtpServer(
      { name: 'mx.example', lmtp: true, authOptional: true, recipients: 'any', closeTimeout: 100 },
      {
        data: (message, { session }) => {
          seen.push(session.transmissionType);
          message.discard();
          return ['one', new Reply(452, '4.2.2', 'Mailbox full')];
        },
        error: (error) => errors.push(error),
      },
    );
    const path = join(folder, 'lmtp.sock');
    expect(await server.listen({ path })).toMatchObject({ address: path });
    const peer = new Peer(connect({ path }));
    expect(await peer.reply()).toBe('220 mx.example LMTP\r\n');
    expect(await peer.command('LHLO client')).toMatch(/^250-/);
    peer.write('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@d>\r\nDATA\r\n');
    for (const reply of [/^250 /, /^250 /, /^250 /, /^354 /]) expect(await peer.reply()).toMatch(reply);
    peer.write('text\r\n.\r\n');
    expect(await peer.reply()).toBe('250 2.6.0 one\r\n');
    expect(await peer.reply()).toBe('452 4.2.2 Mailbox full\r\n');
    // One recipient, two answers.
    peer.write('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n');
    for (const reply of [/^250 /, /^250 /, /^354 /]) expect(await peer.reply()).toMatch(reply);
    expect(await peer.command('.\r\nQUIT')).toMatch(/^451 4\.3\.0 /);
    expect(await peer.rest()).toBe('221 2.0.0 Goodbye\r\n');
    expect(errors).toEqual([new TypeError('the data handler gave an array of 2 answers for 1 recipients')]);
    expect(seen).toEqual(['LMTP', 'LMTP']);
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test('counts each RCPT, since each gets a reply', async () => {
    engine = await startEngine({}, { lmtp: true, maxRecipients: 100 });
    const peer = await engine.connect();
    await peer.reply();
    await peer.command('LHLO client');
    await peer.command('MAIL FROM:<a@b>');
    peer.write('RCPT TO:<c@d>\r\n'.repeat(101));
    for (let i = 0; i < 100; i++) expect(await peer.reply()).toMatch(/^250 /);
    expect(await peer.reply()).toMatch(/^452 4\.5\.3 /);
    expect(await peer.command('DATA')).toMatch(/^354 /);
    peer.write('.\r\n');
    for (let i = 0; i < 100; i++) expect(await peer.reply()).toMatch(/^250 2\.6\.0 /);
    expect(await peer.command('NOOP')).toBe('250 2.0.0 OK\r\n');
  });

  test.each([
    ['with success only where the message was read', () => ['stored'], /^451 4\.3\.0 The message was not read/],
    ['of refusals', () => [false], /^554 5\.7\.1 /],
  ])('an array %s', async (_what, data, reply) => {
    engine = await startEngine({ data }, { lmtp: true });
    const peer = await engine.connect();
    await peer.reply();
    await peer.command('LHLO client');
    await peer.command('MAIL FROM:<a@b>');
    await peer.command('RCPT TO:<c@d>');
    expect(await peer.command('DATA')).toMatch(reply);
    expect(await peer.command('NOOP')).toBe('250 2.0.0 OK\r\n');
  });

  test('close() waits until all recipients are answered', async () => {
    engine = await startEngine({}, { lmtp: true, closeTimeout: 2000 });
    const peer = await engine.connect();
    await peer.reply();
    await peer.command('LHLO client');
    await peer.command('MAIL FROM:<a@b>');
    await peer.command('RCPT TO:<c@d>');
    await peer.command('RCPT TO:<e@d>');
    expect(await peer.command('DATA')).toMatch(/^354 /);
    const closed = engine.server.close();
    peer.write('.\r\n');
    expect(await peer.rest()).toMatch(/^250 [^\r]*\r\n250 [^\r]*\r\n421 4\.3\.2 Server shutting down\r\n$/);
    await closed;
  });
});

test('serve-all.mjs has everything on, and ends', async () => {
  const script = fileURLToPath(new URL('../support/serve-all.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const records: { listener: string; port: number }[] = [];
  createInterface(child.stdout).on('line', (line) => records.push(JSON.parse(line)));
  await eventually(() => records.length === 4 || child.exitCode !== null);
  expect(records.map(({ listener }) => listener)).toEqual(['smtp', 'smtps', 'lmtp', 'proxy']);
  const peer = new Peer(connect({ port: records[0]!.port, host: '127.0.0.1' }));
  expect(await peer.reply()).toBe('220 mx.example ESMTP\r\n');
  const offer = await peer.command('EHLO client');
  for (const keyword of [
    'PIPELINING',
    '8BITMIME',
    'SMTPUTF8',
    'ENHANCEDSTATUSCODES',
    'DSN',
    'CHUNKING',
    'BINARYMIME',
    'LIMITS',
    'DELIVERBY',
    'FUTURERELEASE',
    'MT-PRIORITY',
    'NO-SOLICITING',
    'RRVS',
    'STARTTLS',
    'SIZE',
    'XCLIENT',
    'XFORWARD',
  ]) {
    expect(offer).toMatch(new RegExp(`^250[ -]${keyword}\\b`, 'm'));
  }
  await peer.command('STARTTLS');
  await peer.startTls();
  await peer.command('EHLO client');
  const plain = (password: string): string => Buffer.from(`\0alice\0${password}`).toString('base64');
  expect(await peer.command(`AUTH PLAIN ${plain('wrong')}`)).toMatch(/^535 /);
  expect(await peer.command(`AUTH PLAIN ${plain('secret')}`)).toMatch(/^235 /);
  peer.socket.destroy();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 15_000);
