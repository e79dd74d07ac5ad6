import { describe, expect, test } from '@jest/globals';
import { Reply } from 'smtp-engine';
import { expectMail, FROM, MAIL, TO } from './support/mail.js';
import { startPostfix } from './support/postfix.js';
import { succeed } from './support/run.js';
import { temporaryFile } from './support/temporary.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { swaksArguments } from './support/swaks.js';
import { caFile } from './support/tls.js';
import { tapWire } from './support/wire.js';

/** Gives the test's mail to Postfix. */
async function submit(port: number, ...args: readonly string[]): Promise<void> {
  await succeed('swaks', swaksArguments(port, args));
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

  test.each(['plain', 'login', 'cram-md5', 'scram-sha-1', 'scram-sha-256'])(
    'relays over STARTTLS, certificate verified, with AUTH %s',
    async (mechanism) => {
      const authMethods = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'];
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

  test('XFORWARD of the client it speaks for', async () => {
    const server = await startServer({ useXForward: ['127.0.0.1'] });
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${server.port}`, smtp_send_xforward_command: 'yes' });
    await submit(
      postfix.port,
      '--xclient-addr',
      '127.0.0.9',
      '--xclient-name',
      'laptop.example',
      '--xclient-port',
      '4711',
    );
    await postfix.logged(/status=sent .*queued as 1/);
    const message = await server.message();
    expectMail(message);
    expect(Object.fromEntries(message.xForward ?? [])).toEqual({
      NAME: 'laptop.example',
      ADDR: '127.0.0.9',
      PORT: 4711,
      PROTO: 'ESMTP',
      HELO: 'laptop',
      IDENT: expect.stringMatching(/^[0-9A-F]+$/),
      SOURCE: 'LOCAL',
    });
    // It tells about the message; the session is still Postfix's own.
    expect(message).toMatchObject({ remoteAddress: '127.0.0.1', hello: 'relay.example' });
  });

  test('DSN: it hands on the original recipient', async () => {
    const server = await startServer({ hideDSN: false });
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${server.port}` });
    await submit(postfix.port);
    await postfix.logged(/status=sent .*queued as 1/);
    const { envelope } = await server.message();
    const originals = envelope.rcptTo.map(({ dsn }) => dsn?.orcpt).sort();
    expect(originals).toEqual(TO.map((address) => `rfc822;${address}`).sort());
  });

  test('LMTP, a reply for each recipient', async () => {
    const server = await startServer(
      { lmtp: true },
      {
        data(message, { envelope }) {
          message.discard();
          const full = new Reply(452, '4.2.2', 'Mailbox full');
          return envelope.rcptTo.map(({ address }) => (address === TO[0] ? 'stored' : full));
        },
      },
    );
    const postfix = await startPostfix({ default_transport: `lmtp:[127.0.0.1]:${server.port}` });
    await submit(postfix.port);
    await postfix.logged(/to=<you@mx\.example>, .*status=sent \(250 2\.6\.0 stored\)/);
    await postfix.logged(/to=<them@mx\.example>, .*status=deferred .*452 4\.2\.2 Mailbox full/);
  });

  test('relays SMTPUTF8 addresses', async () => {
    const server = await startServer();
    const postfix = await startPostfix({ relayhost: `[127.0.0.1]:${server.port}` });
    const addresses = ['--mail-from', 'jürgen@client.example', '--mail-rcpt', 'müller@mx.example'];
    await succeed('curl', [
      '-q',
      '-sS',
      `smtp://127.0.0.1:${postfix.port}`,
      ...addresses,
      '--upload-file',
      temporaryFile('mail', MAIL),
    ]);
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
