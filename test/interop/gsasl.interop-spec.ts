import { describe, expect, test } from '@jest/globals';
import { run, succeed } from './support/run.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { caFile } from './support/tls.js';

const login = ['--authentication-id', USER, '--password', PASSWORD];

/** gsasl logs in and leaves; it sends no mail. */
function args(port: number, mechanism: string, ...more: readonly string[]): string[] {
  return ['--smtp', `--connect=127.0.0.1:${port}`, '--mechanism', mechanism, '--verbose', ...more];
}

describe('gsasl', () => {
  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('AUTH %s in clear text', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], allowInsecureAuth: true });
    await succeed('gsasl', args(server.port, mechanism, '--no-starttls', ...login));
    expect(server.logins).toEqual([{ method: mechanism, username: USER, authzid: '', success: true }]);
  });

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('AUTH %s over STARTTLS, certificate verified', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], authOptional: false });
    const tls = ['--starttls', `--x509-ca-file=${await caFile()}`];
    await succeed('gsasl', args(server.port, mechanism, ...tls, ...login));
    expect(server.logins).toEqual([{ method: mechanism, username: USER, authzid: '', success: true }]);
    expect(server.sessions[0]!.secure).toBe(true);
  });

  test('authorization identity', async () => {
    const server = await startServer({ authMethods: ['PLAIN'], allowInsecureAuth: true });
    await succeed('gsasl', args(server.port, 'PLAIN', '--no-starttls', '--authorization-id', 'team', ...login));
    expect(server.logins).toEqual([{ method: 'PLAIN', username: USER, authzid: 'team', success: true }]);
  });

  test.each(['PLAIN', 'CRAM-MD5'])('a refused AUTH %s', async (mechanism) => {
    const server = await startServer({ authMethods: [mechanism], allowInsecureAuth: true });
    const wrong = ['--authentication-id', USER, '--password', 'wrong'];
    const { code, output } = await run('gsasl', args(server.port, mechanism, '--no-starttls', ...wrong));
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('535 5.7.8') });
    expect(server.logins).toMatchObject([{ success: false }]);
  });
});
