import { describe, expect, test } from '@jest/globals';
import { run, succeed } from './support/run.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { caFile, clientCertificate } from './support/tls.js';

const login = ['--authentication-id', USER, '--password', PASSWORD];

const SCRAM = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS'];
const OVER_TLS = ['PLAIN', 'LOGIN', 'CRAM-MD5', ...SCRAM];

/** gsasl logs in and leaves; it sends no mail. */
function args(port: number, mechanism: string, ...more: readonly string[]): string[] {
  return ['--smtp', `--connect=127.0.0.1:${port}`, '--mechanism', mechanism, '--verbose', ...more];
}

describe('gsasl', () => {
  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'])(
    'AUTH %s in clear text',
    async (mechanism) => {
      const server = await startServer({ authMethods: [mechanism], allowInsecureAuth: true });
      await succeed('gsasl', args(server.port, mechanism, '--no-starttls', ...login));
      expect(server.logins).toEqual([{ method: mechanism, username: USER, authzid: '', success: true }]);
    },
  );

  test.each(OVER_TLS)('AUTH %s over STARTTLS, certificate verified', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], authOptional: false });
    const tls = ['--starttls', `--x509-ca-file=${await caFile()}`];
    // With channel binding at hand it refuses to do without.
    const binding = /^SCRAM.*\d$/.test(mechanism) ? ['--no-cb'] : [];
    await succeed('gsasl', args(server.port, mechanism, ...tls, ...binding, ...login));
    expect(server.logins).toEqual([{ method: mechanism, username: USER, authzid: '', success: true }]);
    expect(server.sessions[0]!.secure).toBe(true);
  });

  test('AUTH EXTERNAL with a client certificate', async () => {
    const { certFile, keyFile, serverOptions } = await clientCertificate();
    const server = await startServer({ authMethods: ['EXTERNAL'], authOptional: false, ...serverOptions });
    const files = [`--x509-cert-file=${certFile}`, `--x509-key-file=${keyFile}`, `--x509-ca-file=${await caFile()}`];
    await succeed('gsasl', args(server.port, 'EXTERNAL', '--starttls', ...files));
    expect(server.logins).toEqual([{ method: 'EXTERNAL', username: USER, authzid: '', success: true }]);
  });

  test('AUTH ANONYMOUS', async () => {
    const server = await startServer({ authMethods: ['ANONYMOUS'], allowInsecureAuth: true });
    await succeed(
      'gsasl',
      args(server.port, 'ANONYMOUS', '--no-starttls', '--anonymous-token', 'guest@client.example'),
    );
    expect(server.logins).toMatchObject([{ method: 'ANONYMOUS', trace: 'guest@client.example', success: true }]);
  });

  test('authorization identity', async () => {
    const server = await startServer({ authMethods: ['PLAIN'], allowInsecureAuth: true });
    await succeed('gsasl', args(server.port, 'PLAIN', '--no-starttls', '--authorization-id', 'team', ...login));
    expect(server.logins).toEqual([{ method: 'PLAIN', username: USER, authzid: 'team', success: true }]);
  });

  test.each(['PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256'])('a refused AUTH %s', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], allowInsecureAuth: true });
    const wrong = ['--authentication-id', USER, '--password', 'wrong'];
    const { code, output } = await run('gsasl', args(server.port, mechanism, '--no-starttls', ...wrong));
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('535 5.7.8') });
    expect(server.logins.filter(({ success }) => success)).toEqual([]);
  });
});
