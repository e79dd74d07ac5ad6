import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Reply } from 'smtp-engine';
import { expectMail, FROM, TO, UNIX_MAIL } from './support/mail.js';
import { succeed } from './support/run.js';
import { temporaryFile, temporaryFolder } from './support/temporary.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { caFile, clientCertificate } from './support/tls.js';
import { tapWire } from './support/wire.js';

/** Where .ci/install-interop has unpacked it: it cannot be installed beside Postfix. */
const FOLDER =
  process.env['INTEROP_EXIM'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'nestjs-smtp/exim');

/** Exim delivers the test's mail at once; gives the lines of its log. */
async function deliver(
  port: number,
  transport: readonly string[],
  authenticator: readonly string[] = [],
): Promise<string> {
  const spool = temporaryFolder('exim');
  await succeed('chown', ['Debian-exim', spool]); // it gives up root
  const configuration = `
primary_hostname = relay.example
spool_directory = ${spool}
log_file_path = ${spool}/%slog
keep_environment =
timezone = UTC
deliver_drop_privilege
begin routers
engine:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = engine
begin transports
engine:
  driver = smtp
  port = ${port}
${transport.map((line) => `  ${line}\n`).join('')}begin authenticators
${authenticator.length === 0 ? '' : `engine:\n${authenticator.map((line) => `  ${line}\n`).join('')}`}`;
  const file = temporaryFile('exim.conf', configuration);
  await succeed(join(FOLDER, 'usr/sbin/exim4'), ['-C', file, '-odf', '-oi', '-f', FROM, ...TO], { input: UNIX_MAIL });
  return readFileSync(join(spool, 'mainlog'), 'utf8');
}

const CLEAR = ['hosts_avoid_tls = *'];
const AUTHENTICATORS: Readonly<Record<string, readonly string[]>> = {
  PLAIN: ['driver = plaintext', `client_send = ^${USER}^${PASSWORD}`],
  LOGIN: ['driver = plaintext', `client_send = : ${USER} : ${PASSWORD}`],
  'CRAM-MD5': ['driver = cram_md5', `client_name = ${USER}`, `client_secret = ${PASSWORD}`],
};

async function overTls(): Promise<string[]> {
  return ['hosts_require_tls = *', `tls_verify_certificates = ${await caFile()}`, 'tls_verify_hosts = *'];
}

describe('exim', () => {
  test('clear text: it says QUIT and closes its side before the reply to its message', async () => {
    const server = await startServer();
    const wire = await tapWire(server.port);
    const log = await deliver(wire.port, [...CLEAR, 'hosts_try_chunking =']);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'relay.example', transmissionType: 'ESMTP' });

    // Both recipients are delivered and nothing is left in its queue.
    expect(log.match(/ [=-]> \S+ .*C="250 2\.6\.0 queued as 1"/g)).toHaveLength(2);
    expect(log).toMatch(/ Completed\n$/);
    const { events } = wire;
    const fin = events.findIndex(({ who, what }) => who === 'client' && what === 'FIN');
    expect(events[fin - 1]!.what).toMatch(/\r\n\.\r\nQUIT\r\n$/);
    const after = events.slice(fin + 1).map(({ who, what }) => `${who}: ${what}`);
    expect(after.join('')).toMatch(/^server: 250 2\.6\.0 queued as 1\r\n(?:server: )?221 2\.0\.0 .*\r\nserver: FIN$/);
  });

  test('CHUNKING: it sends BDAT, says QUIT and closes its side', async () => {
    const server = await startServer();
    const wire = await tapWire(server.port);
    const log = await deliver(wire.port, CLEAR);
    expectMail(await server.message());
    expect(server.commands.filter((line) => /^(?:BDAT|DATA)/.test(line))).toEqual([
      expect.stringMatching(/^BDAT \d+ LAST$/),
    ]);
    expect(wire.fromClient.slice(-2)).toEqual([expect.stringMatching(/QUIT\r\n$/), 'FIN']);
    expect(log.match(/ [=-]> \S+ .*K C="250 2\.6\.0 queued as 1"/g)).toHaveLength(2);
  });

  test('STARTTLS, certificate verified', async () => {
    const server = await startServer();
    const log = await deliver(server.port, await overTls());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
    expect(log).toMatch(/ X=TLS1\.3:\S+ CV=yes .* Completed\n$/s);
  });

  test('implicit TLS, certificate verified', async () => {
    const server = await startServer();
    const log = await deliver(server.securePort, ['protocol = smtps', ...(await overTls())]);
    expect(await server.message()).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
    expect(log).toMatch(/ CV=yes .* Completed\n$/s);
  });

  test.each(Object.keys(AUTHENTICATORS))('AUTH %s over STARTTLS', async (mechanism) => {
    const server = await startServer({ authOptional: false, authMethods: [mechanism] });
    const authenticator = [...AUTHENTICATORS[mechanism]!, `public_name = ${mechanism}`];
    const log = await deliver(server.port, [...(await overTls()), 'hosts_require_auth = *'], authenticator);
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: mechanism, transmissionType: 'ESMTPSA' });
    expect(log).toMatch(/ A=engine .* Completed\n$/s);
  });

  test('AUTH EXTERNAL with a client certificate', async () => {
    const { certFile, keyFile, serverOptions } = await clientCertificate(0o644);
    const server = await startServer({ authMethods: ['EXTERNAL'], authOptional: false, ...serverOptions });
    const files = [`tls_certificate = ${certFile}`, `tls_privatekey = ${keyFile}`, 'hosts_require_auth = *'];
    const authenticator = ['driver = external', 'public_name = EXTERNAL', `client_send = ${USER}`];
    await deliver(server.port, [...(await overTls()), ...files], authenticator);
    expect(await server.message()).toMatchObject({ user: { name: USER }, method: 'EXTERNAL' });
    expect(server.logins).toEqual([{ method: 'EXTERNAL', username: USER, authzid: USER, success: true }]);
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
    const log = await deliver(server.port, ['protocol = lmtp', ...CLEAR]);
    expect(log).toMatch(/=> you@mx\.example .*C="250 2\.6\.0 stored"/);
    expect(log).toMatch(/== them@mx\.example .*452 4\.2\.2 Mailbox full/);
  });

  test('one recipient is served, the other has to wait', async () => {
    const full = new Reply(452, '4.2.2', 'Mailbox full');
    const server = await startServer({}, { rcpt: ({ address }) => (address === TO[1] ? full : true) });
    const log = await deliver(server.port, CLEAR);
    expect((await server.message()).to).toEqual([TO[0]]);
    expect(log).toMatch(/=> you@mx\.example .*C="250 2\.6\.0 queued as 1"/);
    expect(log).toMatch(/== them@mx\.example .*452 4\.2\.2 Mailbox full/);
  });
});
