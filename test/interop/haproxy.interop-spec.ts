import { describe, expect, test } from '@jest/globals';
import { certificate } from '../support/engine.js';
import { expectMail, FROM, MAIL, TO } from './support/mail.js';
import { freePort, startDaemon, succeed, waitFor } from './support/run.js';
import { temporaryFile } from './support/temporary.js';
import { startServer } from './support/server.js';
import { caFile } from './support/tls.js';

const upload = (): string => temporaryFile('mail', MAIL);

/** A haproxy in front of a port, and what it has logged. */
interface Haproxy {
  readonly port: number;
  log(): string;
}

/**
 * Starts haproxy in TCP mode.
 *
 * @param server what its server line says behind the address
 * @param settings of the backend
 * @param bind what its bind line says behind the address
 */
async function startHaproxy(
  target: number,
  server: string,
  settings: readonly string[] = [],
  bind = '',
): Promise<Haproxy> {
  const [port, ready] = [await freePort(), await freePort()];
  const configuration = `
global
  log stdout format raw local0
defaults
  mode tcp
  log global
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend clients
  bind 127.0.0.1:${port} ${bind}
  default_backend engine
# answers when all ports are open; a connection to the other one would reach the engine
frontend ready
  bind 127.0.0.1:${ready}
backend engine
  ${settings.join('\n  ')}
  server engine 127.0.0.1:${target} ${server}
`;
  const log = await startDaemon('haproxy', ['-db', '-f', temporaryFile('haproxy.cfg', configuration)], ready);
  return { port, log };
}

/** Sends the test's mail through it. */
async function send(scheme: 'smtp' | 'smtps', port: number, ...args: readonly string[]): Promise<void> {
  const recipients = TO.flatMap((address) => ['--mail-rcpt', address]);
  const mail = ['--mail-from', FROM, ...recipients, '--upload-file', upload()];
  await succeed('curl', ['-q', '-sS', `${scheme}://127.0.0.1:${port}/laptop`, ...mail, ...args]);
}

describe('haproxy', () => {
  test('TLS passed through', async () => {
    const server = await startServer();
    const { port } = await startHaproxy(server.securePort, '');
    await send('smtps', port, '--cacert', await caFile());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ secure: true, transmissionType: 'ESMTPS', remoteAddress: '127.0.0.1' });
    expect(server.sessions).toHaveLength(1);
  });

  test.each([
    ['send-proxy', 1],
    ['send-proxy-v2', 2],
  ])('%s, clear text and STARTTLS', async (setting, version) => {
    const server = await startServer({ useProxy: ['127.0.0.1'] });
    const { port } = await startHaproxy(server.port, setting);
    await send('smtp', port, '--interface', '127.0.0.2', '--ssl-reqd', '--cacert', await caFile());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ remoteAddress: '127.0.0.2', secure: true, transmissionType: 'ESMTPS' });
    expect(message.session).toMatchObject({ peerAddress: '127.0.0.1', localPort: port, proxy: { version } });
  });

  test.each([
    ['send-proxy', 1],
    ['send-proxy-v2', 2],
  ])('%s, TLS passed through', async (setting, version) => {
    const server = await startServer({ useProxy: ['127.0.0.1'] });
    const { port } = await startHaproxy(server.securePort, setting);
    await send('smtps', port, '--interface', '127.0.0.2', '--cacert', await caFile());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ remoteAddress: '127.0.0.2', secure: true });
    expect(message.session.proxy).toMatchObject({ version, family: 'TCP4' });
  });

  test('send-proxy-v2-ssl, TLS ends at haproxy', async () => {
    const server = await startServer({ useProxy: ['127.0.0.1'] });
    const behind = await server.listen({ secure: true, secured: true });
    const { key, cert } = await certificate;
    const bind = `ssl crt ${temporaryFile('haproxy.pem', `${cert}\n${key}`)}`;
    const { port } = await startHaproxy(behind, 'send-proxy-v2-ssl', [], bind);
    await send('smtps', port, '--interface', '127.0.0.2', '--cacert', await caFile());
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ remoteAddress: '127.0.0.2', secure: true, transmissionType: 'ESMTPS' });
    expect(message.session.proxy?.tlvs).toContainEqual(
      expect.objectContaining({ type: 'SSL', tls: true, version: 'TLSv1.3' }),
    );
  });

  test.each(['send-proxy', 'send-proxy-v2'])('health check with option smtpchk and %s', async (setting) => {
    const server = await startServer({ useProxy: ['127.0.0.1'] });
    const check = ['option smtpchk EHLO haproxy', 'option log-health-checks'];
    const { log } = await startHaproxy(server.port, `${setting} check check-send-proxy inter 100ms`, check);
    await waitFor('haproxy has checked', () => server.commands.filter((line) => line === 'EHLO haproxy').length >= 3);
    await waitFor('haproxy has logged it', () => /Health check for server engine\/engine succeeded/.test(log()));
    expect(server.sessions.map(({ proxy }) => proxy?.command)).toContain(setting === 'send-proxy' ? 'PROXY' : 'LOCAL');
    expect(log()).not.toMatch(/failed|DOWN/);
    expect(server.errors).toEqual([]);
  });

  test('health check with option smtpchk', async () => {
    const server = await startServer();
    const { log } = await startHaproxy(server.port, 'check inter 100ms fall 1 rise 2', [
      'option smtpchk EHLO haproxy',
      'option log-health-checks',
    ]);
    await waitFor('haproxy has checked', () => server.commands.filter((line) => line === 'EHLO haproxy').length >= 3);
    await waitFor('haproxy has logged it', () => /Health check for server engine\/engine succeeded/.test(log()));
    expect(log()).not.toMatch(/failed|DOWN/);
    expect(server.errors).toEqual([]);
  });
});
