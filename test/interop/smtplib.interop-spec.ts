import { describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { replies, SmtpError } from 'smtp-engine';
import { expectMail, FROM, MAIL, TO } from './support/mail.js';
import { succeed } from './support/run.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { caFile } from './support/tls.js';

const script = fileURLToPath(new URL('./support/smtplib_client.py', import.meta.url));
const mail = { from: FROM, to: TO, text: MAIL };

interface Learnt {
  readonly extensions: readonly string[];
  readonly refused?: Readonly<Record<string, number>>;
  readonly error?: readonly [kind: string, ...details: readonly unknown[]];
  readonly [verb: string]: unknown;
}

/** Debian's Python, whatever else is in somebody's PATH; what it learnt of the server. */
async function smtplib(task: Readonly<Record<string, unknown>>): Promise<Learnt> {
  return JSON.parse(await succeed('/usr/bin/python3', ['-I', script], { input: JSON.stringify(task) })) as Learnt;
}

describe('Python smtplib', () => {
  test('sendmail in clear text', async () => {
    const server = await startServer({ size: 10_000 });
    const { extensions, refused } = await smtplib({ port: server.port, ...mail });
    expect(extensions).toEqual(expect.arrayContaining(['8bitmime', 'pipelining', 'size', 'smtputf8', 'starttls']));
    expect(refused).toEqual({});
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'laptop', transmissionType: 'ESMTP' });
    expect(message.envelope.declaredSize).toBe(MAIL.length);
  });

  test('STARTTLS, certificate verified, login()', async () => {
    const server = await startServer({ authOptional: false });
    const login = { starttls: true, ca: await caFile(), user: USER, password: PASSWORD };
    await smtplib({ port: server.port, ...login, ...mail });
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: 'PLAIN', transmissionType: 'ESMTPSA' });
  });

  test('SMTP_SSL, certificate verified', async () => {
    const server = await startServer();
    await smtplib({ class: 'SMTP_SSL', port: server.securePort, ca: await caFile(), ...mail });
    expect(await server.message()).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
  });

  test.each([
    ['PLAIN', true],
    ['PLAIN', false],
    ['LOGIN', true],
    ['LOGIN', false],
    ['CRAM-MD5', false],
  ])('AUTH %s, initial response: %s', async (mechanism, initial) => {
    const server = await startServer({ authMethods: [mechanism], authOptional: false, allowInsecureAuth: true });
    await smtplib({ port: server.port, mechanism, initial, user: USER, password: PASSWORD, ...mail });
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: mechanism });
  });

  test('a refused login tries the next mechanism, then gives up', async () => {
    const authMethods = ['CRAM-MD5', 'PLAIN', 'LOGIN'];
    const server = await startServer({ authMethods, authOptional: false, allowInsecureAuth: true });
    const { error } = await smtplib({ port: server.port, user: USER, password: 'wrong', ...mail });
    expect(error).toEqual(['SMTPAuthenticationError', 535, expect.stringContaining('5.7.8')]);
    expect(server.logins.map(({ method }) => method)).toEqual(authMethods);
  });

  test('one recipient refused, the other served', async () => {
    const server = await startServer({}, { rcpt: ({ address }) => address !== TO[1] });
    const { refused } = await smtplib({ port: server.port, ...mail });
    expect(refused).toEqual({ [TO[1]!]: 550 });
    expect((await server.message()).to).toEqual([TO[0]]);
  });

  test('a message refused after its data', async () => {
    const server = await startServer(
      {},
      {
        data(message) {
          message.discard();
          throw new SmtpError(replies.storageFull);
        },
      },
    );
    const { error } = await smtplib({ port: server.port, ...mail });
    expect(error).toEqual(['SMTPDataError', replies.storageFull.code, expect.any(String)]);
  });

  test('a message over the limit', async () => {
    const server = await startServer({ size: 500 });
    const { error } = await smtplib({ port: server.port, ...mail });
    expect(error).toEqual(['SMTPSenderRefused', 552, expect.stringContaining('5.3.4')]);
  });

  test('send_message with SMTPUTF8', async () => {
    const server = await startServer();
    const fields = { From: 'jürgen@client.example', To: 'müller@mx.example', Subject: 'Grüße' };
    await smtplib({ port: server.port, message: { fields, body: 'schöne Grüße\n' } });
    const message = await server.message();
    expect(message).toMatchObject({ from: 'jürgen@client.example', to: ['müller@mx.example'] });
    expect(message.envelope).toMatchObject({ smtpUtf8: true, bodyType: '8bitmime' });
    expect(Buffer.from(message.text, 'latin1').toString()).toMatch(/^Subject: Grüße\r$/m);
  });

  test('BODY=8BITMIME', async () => {
    const server = await startServer();
    await smtplib({ port: server.port, ...mail, text: MAIL.replace('interop', 'Grüße'), options: ['BODY=8BITMIME'] });
    expect((await server.message()).envelope.bodyType).toBe('8bitmime');
  });

  test('NOOP, HELP, VRFY, RSET', async () => {
    const server = await startServer();
    const verbs = { noop: [], docmd: ['HELP'], verify: ['alice'], rset: [] };
    const { noop, docmd, verify, rset } = await smtplib({ port: server.port, verbs });
    expect({ noop, docmd, verify, rset }).toEqual({ noop: 250, docmd: 214, verify: 252, rset: 250 });
  });

  // Its LMTP class reads one reply only, so it can have one recipient only.
  test('LMTP', async () => {
    const server = await startServer({ lmtp: true });
    const { refused } = await smtplib({ class: 'LMTP', port: server.port, ...mail, to: [TO[0]] });
    expect(refused).toEqual({});
    const message = await server.message();
    expect(message).toMatchObject({ to: [TO[0]], transmissionType: 'LMTP' });
    expect(server.commands).toContain('LHLO laptop');
  });

  test('DSN parameters', async () => {
    const server = await startServer({ hideDSN: false });
    const parameters = { options: ['RET=HDRS', 'ENVID=id+2B1'], rcpt_options: ['NOTIFY=SUCCESS,DELAY'] };
    await smtplib({ port: server.port, ...mail, ...parameters });
    const { envelope } = await server.message();
    expect(envelope.dsn).toEqual({ ret: 'HDRS', envid: 'id+1' });
    expect(envelope.rcptTo.map(({ dsn }) => dsn)).toEqual(TO.map(() => ({ notify: ['SUCCESS', 'DELAY'] })));
  });
});
