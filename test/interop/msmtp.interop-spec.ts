import { describe, expect, test } from '@jest/globals';
import { expectMail, FROM, TO, UNIX_MAIL } from './support/mail.js';
import { run, succeed } from './support/run.js';
import { temporaryFile } from './support/temporary.js';
import { PASSWORD, startServer, TOKEN, USER } from './support/server.js';
import { caFile, clientCertificate } from './support/tls.js';

/** The option with which msmtp gets a password or token. */
function secret(text: string): string {
  return `--passwordeval=cat ${temporaryFile('secret', `${text}\n`)}`;
}

/** How msmtp is called for the test's mail. */
function args(port: number, ...more: readonly string[]): string[] {
  return ['--host=127.0.0.1', `--port=${port}`, '--domain=laptop', `--from=${FROM}`, ...more, '--', ...TO];
}

async function overTls(...more: readonly string[]): Promise<string[]> {
  return ['--tls=on', `--tls-trust-file=${await caFile()}`, ...more];
}

const send = (...call: readonly string[]): Promise<string> => succeed('msmtp', call, { input: UNIX_MAIL });

describe('msmtp', () => {
  test('clear text', async () => {
    const server = await startServer();
    await send(...args(server.port));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'laptop', transmissionType: 'ESMTP' });
  });

  test('implicit TLS, certificate verified', async () => {
    const server = await startServer();
    await send(...args(server.securePort, ...(await overTls('--tls-starttls=off'))));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ secure: true, transmissionType: 'ESMTPS' });
  });

  test.each([
    ['PLAIN', PASSWORD],
    ['LOGIN', PASSWORD],
    ['CRAM-MD5', PASSWORD],
    ['SCRAM-SHA-1', PASSWORD],
    ['SCRAM-SHA-256', PASSWORD],
    ['XOAUTH2', TOKEN],
    ['OAUTHBEARER', TOKEN],
  ])('AUTH %s over STARTTLS', async (mechanism, text) => {
    const server = await startServer({ authMethods: [mechanism], authOptional: false });
    const login = [`--auth=${mechanism.toLowerCase()}`, `--user=${USER}`, secret(text)];
    await send(...args(server.port, ...(await overTls(...login))));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: mechanism, transmissionType: 'ESMTPSA' });
  });

  test('AUTH EXTERNAL with a client certificate', async () => {
    const { certFile, keyFile, serverOptions } = await clientCertificate();
    const server = await startServer({ authMethods: ['EXTERNAL'], authOptional: false, ...serverOptions });
    const files = [`--tls-cert-file=${certFile}`, `--tls-key-file=${keyFile}`];
    await send(...args(server.port, ...(await overTls('--auth=external', `--user=${USER}`, ...files))));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ user: { name: USER }, method: 'EXTERNAL' });
  });

  test('it chooses a mechanism of those offered', async () => {
    const server = await startServer({ authMethods: ['LOGIN', 'CRAM-MD5', 'PLAIN'], authOptional: false });
    const login = ['--auth=on', `--user=${USER}`, secret(PASSWORD)];
    await send(...args(server.port, ...(await overTls(...login))));
    expect(await server.message()).toMatchObject({ user: { name: USER }, method: 'PLAIN' });
  });

  test.each(['PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER'])(
    'a refused AUTH %s',
    async (mechanism) => {
      const server = await startServer({ authMethods: [mechanism], authOptional: false });
      const login = [`--auth=${mechanism.toLowerCase()}`, `--user=${USER}`, secret('wrong')];
      const { code, output } = await run('msmtp', args(server.port, ...(await overTls(...login))), {
        input: UNIX_MAIL,
      });
      // EX_NOPERM of sysexits.h
      expect({ code, output }).toEqual({ code: 77, output: expect.stringContaining('535 5.7.8') });
      expect(server.messages).toEqual([]);
    },
  );

  test('LMTP, a reply for each recipient', async () => {
    const server = await startServer({ lmtp: true });
    await send(...args(server.port, '--protocol=lmtp'));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ transmissionType: 'LMTP' });
  });

  test('DSN parameters', async () => {
    const server = await startServer({ hideDSN: false });
    await send(...args(server.port, '--dsn-notify=failure,delay', '--dsn-return=hdrs'));
    const { envelope } = await server.message();
    expect(envelope.dsn.ret).toBe('HDRS');
    expect(envelope.rcptTo.map(({ dsn }) => dsn)).toEqual(TO.map(() => ({ notify: ['FAILURE', 'DELAY'] })));
  });

  test('a refused sender', async () => {
    const server = await startServer({}, { mail: () => false });
    const { code, output } = await run('msmtp', args(server.port), { input: UNIX_MAIL });
    // EX_DATAERR of sysexits.h
    expect({ code, output }).toEqual({ code: 65, output: expect.stringContaining('550 5.7.1') });
  });

  test('server information', async () => {
    const server = await startServer({ size: 1000, authMethods: ['PLAIN'] });
    const call = ['--serverinfo', '--host=127.0.0.1', `--port=${server.port}`];
    const output = await succeed('msmtp', [...call, ...(await overTls())]);
    expect(output).toMatch(/SIZE 1000/);
    expect(output).toMatch(/PIPELINING/);
    expect(output).toMatch(/AUTH:\s+Supported authentication methods:\s+PLAIN/);
  });
});
