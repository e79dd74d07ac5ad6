import { describe, expect, test } from '@jest/globals';
import { expectMail, FROM, MAIL, TO } from './support/mail.js';
import { run, succeed } from './support/run.js';
import { temporaryFile } from './support/temporary.js';
import { PASSWORD, startServer, TOKEN, USER } from './support/server.js';
import { caFile, clientCertificate } from './support/tls.js';

const upload = (): string => temporaryFile('mail', MAIL);

/** curl's own configuration is never read; it is silent but for errors. */
function curl(...args: readonly string[]): Promise<string> {
  return succeed('curl', ['-q', '--silent', '--show-error', '--max-time', '10', ...args]);
}

/** Sends the test's mail; the path of the URL is the name in EHLO. */
function send(url: string, ...args: readonly string[]): Promise<string> {
  const recipients = TO.flatMap((address) => ['--mail-rcpt', address]);
  return curl(`${url}/laptop`, '--mail-from', FROM, ...recipients, '--upload-file', upload(), ...args);
}

/** A mechanism with and without a response in the AUTH command. */
function withAndWithout(mechanism: string): (readonly [mechanism: string, initial: 'yes' | 'no'])[] {
  return [
    [mechanism, 'yes'],
    [mechanism, 'no'],
  ];
}

describe('curl', () => {
  test('smtp: in clear text', async () => {
    const server = await startServer();
    await send(`smtp://127.0.0.1:${server.port}`);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'laptop', transmissionType: 'ESMTP' });
    // It says SIZE where it knows the size of the file.
    expect(message.envelope.declaredSize).toBe(Buffer.byteLength(MAIL));
  });

  test('smtp: with STARTTLS, certificate verified', async () => {
    const server = await startServer();
    await send(`smtp://127.0.0.1:${server.port}`, '--ssl-reqd', '--cacert', await caFile());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
  });

  test('smtps: certificate verified', async () => {
    const server = await startServer();
    await send(`smtps://127.0.0.1:${server.securePort}`, '--cacert', await caFile());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
    expect(server.commands).not.toContain('STARTTLS');
  });

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER'].flatMap(withAndWithout))(
    'AUTH %s, initial response: %s',
    async (mechanism, initial) => {
      const server = await startServer({ authMethods: [mechanism], authOptional: false });
      const secret = mechanism.includes('OAUTH')
        ? ['--user', USER, '--oauth2-bearer', TOKEN]
        : ['--user', `${USER}:${PASSWORD}`];
      const login = [...secret, '--login-options', `AUTH=${mechanism}`, ...(initial === 'yes' ? ['--sasl-ir'] : [])];
      await send(`smtps://127.0.0.1:${server.securePort}`, '--insecure', ...login);
      const message = await server.message();
      expectMail(message);
      expect(message).toMatchObject({ user: { name: USER }, method: mechanism, transmissionType: 'ESMTPSA' });
    },
  );

  test('AUTH EXTERNAL with a client certificate', async () => {
    const { certFile, keyFile, serverOptions } = await clientCertificate();
    const server = await startServer({ authMethods: ['EXTERNAL'], authOptional: false, ...serverOptions });
    const login = ['--cert', certFile, '--key', keyFile, '--user', `${USER}:`, '--login-options', 'AUTH=EXTERNAL'];
    await send(`smtps://127.0.0.1:${server.securePort}`, '--cacert', await caFile(), ...login);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: 'EXTERNAL' });
  });

  test('it chooses the strongest mechanism of those offered', async () => {
    const server = await startServer({ authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'], authOptional: false });
    await send(`smtps://127.0.0.1:${server.securePort}`, '--insecure', '--user', `${USER}:${PASSWORD}`);
    expect(await server.message()).toMatchObject({ method: 'CRAM-MD5' });
  });

  test('authorization identity', async () => {
    const server = await startServer({ authMethods: ['PLAIN'], authOptional: false });
    const login = ['--user', `${USER}:${PASSWORD}`, '--sasl-authzid', 'team'];
    await send(`smtps://127.0.0.1:${server.securePort}`, '--insecure', ...login);
    await server.message();
    expect(server.logins).toEqual([{ method: 'PLAIN', username: USER, authzid: 'team', success: true }]);
  });

  test.each(['PLAIN', 'XOAUTH2', 'OAUTHBEARER'])('a refused AUTH %s', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], authOptional: false });
    const login = mechanism === 'PLAIN' ? ['--user', `${USER}:wrong`] : ['--user', USER, '--oauth2-bearer', 'wrong'];
    const args = ['-q', '-sS', '--insecure', '--max-time', '10', '--mail-from', FROM, '--mail-rcpt', TO[0]!];
    const url = `smtps://127.0.0.1:${server.securePort}`;
    const { code, output } = await run('curl', [...args, '--upload-file', upload(), ...login, url]);
    expect({ code, output }).toEqual({ code: 67, output: expect.stringContaining('Login denied') });
    expect(server.messages).toEqual([]);
  });

  test('SMTPUTF8 addresses', async () => {
    const server = await startServer();
    const addresses = ['--mail-from', 'jürgen@client.example', '--mail-rcpt', 'müller@mx.example'];
    await curl(`smtp://127.0.0.1:${server.port}`, ...addresses, '--upload-file', upload());
    const message = await server.message();
    expect(message).toMatchObject({ from: 'jürgen@client.example', to: ['müller@mx.example'] });
    expect(message.envelope.smtpUtf8).toBe(true);
  });

  test('VRFY', async () => {
    const server = await startServer();
    const output = await curl(`smtp://127.0.0.1:${server.port}`, '--mail-rcpt', 'postmaster');
    expect(output).toMatch(/^252 2\./);
    expect(server.commands).toContain('VRFY postmaster');
  });

  test('two messages over one connection', async () => {
    const server = await startServer();
    const once = ['--mail-from', FROM, '--mail-rcpt', TO[0]!, '--upload-file', upload()];
    const url = `smtp://127.0.0.1:${server.port}`;
    await curl(url, ...once, '--next', '--silent', url, ...once);
    expect(server.messages).toHaveLength(2);
    expect(server.sessions).toHaveLength(1);
  });
});
