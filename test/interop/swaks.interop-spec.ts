import { describe, expect, test } from '@jest/globals';
import { Reply } from 'smtp-engine';
import { BODY, expectMail, FROM, MAIL, TO } from './support/mail.js';
import { succeed } from './support/run.js';
import { swaksArguments } from './support/swaks.js';
import { caFile, clientCertificate } from './support/tls.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { tapWire } from './support/wire.js';

const login = ['--auth-user', USER, '--auth-password', PASSWORD];

const swaks = (port: number, ...args: readonly string[]): Promise<string> =>
  succeed('swaks', swaksArguments(port, args));

function proxy(version: string, family: string, source: string, dest: string): string[] {
  const addresses = [
    '--proxy-source',
    source,
    '--proxy-source-port',
    '4711',
    '--proxy-dest',
    dest,
    '--proxy-dest-port',
    '25',
  ];
  return ['--proxy-version', version, '--proxy-family', family, ...addresses];
}

describe('swaks', () => {
  test('clear text', async () => {
    const server = await startServer();
    await swaks(server.port);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'laptop', transmissionType: 'ESMTP', user: undefined });
  });

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('AUTH %s', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], authOptional: false, allowInsecureAuth: true });
    await swaks(server.port, '--auth', mechanism, ...login);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: mechanism, transmissionType: 'ESMTPA' });
    expect(server.logins).toEqual([{ method: mechanism, username: USER, authzid: '', success: true }]);
  });

  test('STARTTLS, certificate verified, AUTH PLAIN', async () => {
    const server = await startServer({ authOptional: false });
    await swaks(server.port, '--tls', '--tls-verify', '--tls-ca-path', await caFile(), '--auth', 'PLAIN', ...login);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ method: 'PLAIN', secure: true, transmissionType: 'ESMTPSA' });
    expect(server.commands).toEqual(expect.arrayContaining(['EHLO laptop', 'STARTTLS', 'EHLO laptop', 'AUTH']));
  });

  test('TLS on connect, AUTH LOGIN', async () => {
    const server = await startServer({ authOptional: false });
    await swaks(server.securePort, '--tls-on-connect', '--auth', 'LOGIN', ...login);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ method: 'LOGIN', secure: true, transmissionType: 'ESMTPSA' });
    expect(server.commands).not.toContain('STARTTLS');
  });

  test.each(['1.2', '1.3'])('TLS %s only', async (version) => {
    const server = await startServer();
    await swaks(server.port, '--tls', '--tls-protocol', `tlsv${version.replace('.', '_')}`);
    expect((await server.message()).session.tlsOptions).toMatchObject({ version: `TLSv${version}` });
  });

  test('client certificate', async () => {
    const { certFile, keyFile, serverOptions } = await clientCertificate();
    const server = await startServer(serverOptions);
    await swaks(server.port, '--tls', '--tls-cert', certFile, '--tls-key', keyFile);
    const message = await server.message();
    expectMail(message);
    expect(message.session.clientCertificate?.subject).toBe(`CN=${USER}`);
  });

  test('PIPELINING', async () => {
    const server = await startServer();
    const wire = await tapWire(server.port);
    await swaks(wire.port, '--pipeline');
    expectMail(await server.message());
    const group = `MAIL FROM:<${FROM}>\r\nRCPT TO:<${TO[0]}>\r\nRCPT TO:<${TO[1]}>\r\nDATA\r\n`;
    expect(wire.fromClient.join('')).toContain(group);
    const replies = wire.events.map(({ who, what }) => (who === 'server' ? what : ''));
    expect(replies).toContainEqual(expect.stringMatching(/^250 2\.1\.0 .*\r\n250 2\.1\.5 .*\r\n250 2\.1\.5 .*\r\n/));
  });

  test('XCLIENT, all attributes', async () => {
    const server = await startServer({ useXClient: ['127.0.0.1'] });
    const client = ['--xclient-addr', '192.0.2.9', '--xclient-port', '4711', '--xclient-name', 'printer.example'];
    const names = ['--xclient-helo', 'printer', '--xclient-proto', 'ESMTP', '--xclient-login', USER];
    const more = [
      '--xclient-destaddr',
      '192.0.2.1',
      '--xclient-destport',
      '25',
      '--xclient-reverse-name',
      'ptr.example',
    ];
    await swaks(server.port, ...client, ...names, ...more);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({
      remoteAddress: '192.0.2.9',
      remotePort: 4711,
      clientHostname: 'printer.example',
      method: 'XCLIENT',
      user: { name: USER },
    });
    const { peerAddress, localAddress, localPort, xClient } = message.session;
    expect({ peerAddress, localAddress, localPort }).toEqual({
      peerAddress: '127.0.0.1',
      localAddress: '192.0.2.1',
      localPort: 25,
    });
    expect(xClient?.get('REVERSE_NAME')).toBe('ptr.example');
  });

  test('XCLIENT after STARTTLS, several commands', async () => {
    const server = await startServer({ useXClient: ['127.0.0.1'] });
    await swaks(server.port, '--tls', '--xclient-name', 'a.example', '--xclient-delim', '--xclient-addr', '192.0.2.9');
    const message = await server.message();
    expect(message).toMatchObject({ remoteAddress: '192.0.2.9', secure: true });
    expect(server.commands.filter((line) => line.startsWith('XCLIENT'))).toEqual([
      'XCLIENT NAME=a.example',
      'XCLIENT ADDR=192.0.2.9',
    ]);
  });

  test('XCLIENT is not offered to a stranger', async () => {
    const server = await startServer({ useXClient: ['192.0.2.0/24'] });
    const attempt = swaks(server.port, '--xclient-addr', '192.0.2.9');
    await expect(attempt).rejects.toThrow(/ended with 33:[^]*Host did not advertise XCLIENT/);
    expect(server.messages).toEqual([]);
  });

  test.each([
    ['1', 'TCP4', '192.0.2.9', '192.0.2.1'],
    ['1', 'TCP6', '2001:db8::9', '2001:db8::1'],
    ['2', 'AF_INET', '192.0.2.9', '192.0.2.1'],
    ['2', 'AF_INET6', '2001:db8::9', '2001:db8::1'],
  ])('PROXY version %s, %s', async (version, family, source, dest) => {
    const server = await startServer({ useProxy: ['127.0.0.1'] });
    await swaks(server.port, ...proxy(version, family, source, dest));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ remoteAddress: source, remotePort: 4711 });
    const { peerAddress, localAddress, localPort } = message.session;
    expect({ peerAddress, localAddress, localPort }).toEqual({
      peerAddress: '127.0.0.1',
      localAddress: dest,
      localPort: 25,
    });
  });

  test.each(['1', '2'])('PROXY version %s, then TLS on connect', async (version) => {
    const server = await startServer({ useProxy: ['127.0.0.1'] });
    const family = version === '1' ? 'TCP4' : 'AF_INET';
    await swaks(server.securePort, '--tls-on-connect', ...proxy(version, family, '192.0.2.9', '192.0.2.1'));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ remoteAddress: '192.0.2.9', secure: true });
  });

  test('LMTP, a reply for each recipient', async () => {
    const answers = ['stored', new Reply(452, '4.2.2', 'Mailbox full')];
    const server = await startServer(
      { lmtp: true },
      {
        data(message) {
          message.discard();
          return answers;
        },
      },
    );
    const output = await swaks(server.port, '--protocol', 'LMTP');
    expect(output).toMatch(/250 2\.6\.0 stored\n.*452 4\.2\.2 Mailbox full\n.*QUIT/);
    expect(server.commands).toContain('LHLO laptop');
  });

  test('LMTP, AUTH PLAIN over STARTTLS', async () => {
    const server = await startServer({ lmtp: true, authOptional: false });
    await swaks(server.port, '--protocol', 'LMTP', '--tls', '--auth', 'PLAIN', ...login);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ transmissionType: 'LMTPSA', method: 'PLAIN', hello: 'laptop' });
  });

  test('octets beyond ASCII in the mail data', async () => {
    const server = await startServer();
    await succeed('swaks', swaksArguments(server.port, [], MAIL.replace('Hello,', 'Grüße,')));
    expectMail(await server.message(), Buffer.from(BODY.replace('Hello,', 'Grüße,')).toString('latin1'));
  });

  test('a refused login, then QUIT', async () => {
    const server = await startServer({ authOptional: false, allowInsecureAuth: true });
    const attempt = swaks(server.port, '--auth', 'PLAIN', '--auth-user', USER, '--auth-password', 'wrong');
    await expect(attempt).rejects.toThrow(/ended with 28:[^]*535 5\.7\.8/);
    expect(server.logins).toMatchObject([{ method: 'PLAIN', username: USER, success: false }]);
    expect(server.messages).toEqual([]);
  });
});
