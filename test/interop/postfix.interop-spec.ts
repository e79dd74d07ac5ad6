import { describe, expect, test } from '@jest/globals';
import { expectMail, FROM, MAIL, TO } from './support/mail.js';
import { startPostfix } from './support/postfix.js';
import { succeed, temporaryFile } from './support/run.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { caFile } from './support/tls.js';
import { tapWire } from './support/wire.js';

const data = temporaryFile('mail', MAIL.slice(0, -2));

/** Gives the test's mail to Postfix. */
async function submit(port: number, ...args: readonly string[]): Promise<void> {
  const mail = ['--from', FROM, '--to', TO.join(','), '--data', `@${data}`];
  await succeed('swaks', ['--server', '127.0.0.1', '--port', String(port), '--helo', 'laptop', ...mail, ...args]);
}

describe('postfix', () => {
  test('relays in clear text with PIPELINING', async () => {
    const server = await startServer();
    const wire = await tapWire(server.port);
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${wire.port}` });
    await submit(postfix.port);
    await postfix.logged(/status=sent .*queued as 1/);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'relay.example', transmissionType: 'ESMTP' });
    expect(wire.fromClient).toContainEqual(
      expect.stringMatching(
        /^MAIL FROM:<me@client\.example> SIZE=\d+\r\nRCPT TO:<\S+>.*\r\nRCPT TO:<\S+>.*\r\nDATA\r\n$/,
      ),
    );
  });

  test.each(['plain', 'login', 'cram-md5'])(
    'relays over STARTTLS, certificate verified, with AUTH %s',
    async (mechanism) => {
      const authMethods = ['PLAIN', 'LOGIN', 'CRAM-MD5'];
      const server = await startServer({ authOptional: false, authMethods });
      const relayhost = `[127.0.0.1]:${server.port}`;
      const passwords = temporaryFile('passwords', `${relayhost} ${USER}:${PASSWORD}\n`);
      const postfix = await startPostfix({
        relayhost,
        smtp_tls_security_level: 'secure',
        smtp_tls_secure_cert_match: 'mx.example',
        smtp_tls_CAfile: await caFile(),
        smtp_sasl_auth_enable: 'yes',
        smtp_sasl_security_options: 'noanonymous',
        smtp_sasl_mechanism_filter: mechanism,
        smtp_sasl_password_maps: `texthash:${passwords}`,
      });
      await submit(postfix.port);
      await postfix.logged(/status=sent .*queued as 1/);
      const message = await server.message();
      expectMail(message);
      const method = mechanism.toUpperCase();
      expect(message).toMatchObject({ method, user: { name: USER }, transmissionType: 'ESMTPSA' });
    },
  );

  test('relays over implicit TLS', async () => {
    const server = await startServer();
    const wrapper = { smtp_tls_wrappermode: 'yes', smtp_tls_security_level: 'encrypt' };
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${server.securePort}`, ...wrapper });
    await submit(postfix.port);
    await postfix.logged(/status=sent .*queued as 1/);
    expectMail(await server.message());
    expect(server.commands).not.toContain('STARTTLS');
  });

  test('relays SMTPUTF8 addresses', async () => {
    const server = await startServer();
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${server.port}` });
    const addresses = ['--mail-from', 'jürgen@client.example', '--mail-rcpt', 'müller@mx.example'];
    await succeed('curl', ['-q', '-sS', `smtp://127.0.0.1:${postfix.port}`, ...addresses, '--upload-file', data]);
    await postfix.logged(/status=sent .*queued as 1/);
    const message = await server.message();
    expect(message).toMatchObject({ from: 'jürgen@client.example', to: ['müller@mx.example'] });
    expect(message.envelope.smtpUtf8).toBe(true);
  });

  test('bounces a refused recipient with the null reverse-path', async () => {
    const server = await startServer({}, { rcpt: ({ domain }) => domain !== 'mx.example' });
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${server.port}` });
    await submit(postfix.port);
    await postfix.logged(/status=sent .*queued as 1/);
    const message = await server.message();
    expect(message).toMatchObject({ from: '', to: [FROM] });
    expect(message.envelope.mailFrom.isNull).toBe(true);
    expect(message.text).toMatch(/^Status: 5\.1\.1\r$/m);
  });
});
