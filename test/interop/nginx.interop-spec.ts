import { describe, expect, test } from '@jest/globals';
import { type AuthHttp, startAuthHttp } from './support/auth-http.js';
import { expectMail } from './support/mail.js';
import { freePort, run, startDaemon, succeed } from './support/run.js';
import { temporaryFile, temporaryFolder } from './support/temporary.js';
import { PASSWORD, startServer, USER } from './support/server.js';
import { swaksArguments } from './support/swaks.js';

const login = ['--auth', 'PLAIN', '--auth-user', USER, '--auth-password', PASSWORD];

/** Starts nginx as a mail proxy that asks `authHttp`; gives its port. */
async function startNginx({ url }: AuthHttp, ...settings: readonly string[]): Promise<number> {
  const port = await freePort();
  const folder = temporaryFolder('nginx');
  const configuration = `
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr info;
events {}
mail {
  server_name proxy.example;
  auth_http ${url};
  smtp_capabilities PIPELINING 8BITMIME;
  server {
    listen 127.0.0.1:${port};
    protocol smtp;
    ${settings.map((line) => `${line};`).join('\n    ')}
  }
}
`;
  await startDaemon('nginx', ['-p', folder, '-c', temporaryFile('nginx.conf', configuration)], port);
  return port;
}

describe('nginx mail proxy', () => {
  test('xclient on: the login it has checked comes as LOGIN', async () => {
    const server = await startServer({ authOptional: false, allowInsecureAuth: true, useXClient: ['127.0.0.1'] });
    const authHttp = await startAuthHttp(server.port);
    const port = await startNginx(authHttp, 'smtp_auth plain login', 'xclient on');
    await succeed('swaks', swaksArguments(port, ['--local-interface', '127.0.0.2', ...login]));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'laptop', method: 'XCLIENT', user: { name: USER } });
    expect(message).toMatchObject({ remoteAddress: '127.0.0.2', clientHostname: '[127.0.0.2]' });
    expect(server.logins).toEqual([{ method: 'XCLIENT', username: USER, authzid: '', success: true }]);
    expect(server.commands).toContainEqual(
      expect.stringMatching(/^XCLIENT ADDR=127\.0\.0\.2 LOGIN=alice NAME=\[UNAVAILABLE\]/),
    );
    expect(authHttp.requests).toMatchObject([{ 'auth-method': 'plain', 'auth-protocol': 'smtp' }]);
  });

  test('xclient on: a client without login', async () => {
    const server = await startServer({ useXClient: ['127.0.0.1'] });
    const port = await startNginx(await startAuthHttp(server.port), 'smtp_auth none', 'xclient on');
    await succeed('swaks', swaksArguments(port, []));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ hello: 'laptop', method: undefined });
    expect(message.session.xClient?.get('ADDR')).toBe('127.0.0.1');
  });

  test('xclient on: a login that nginx has refused never reaches the server', async () => {
    const server = await startServer({ authOptional: false, allowInsecureAuth: true, useXClient: ['127.0.0.1'] });
    const port = await startNginx(await startAuthHttp(server.port), 'smtp_auth plain', 'xclient on');
    const wrong = ['--auth', 'PLAIN', '--auth-user', USER, '--auth-password', 'wrong'];
    const { code, output } = await run('swaks', swaksArguments(port, wrong));
    expect({ code, output }).toEqual({ code: 28, output: expect.stringContaining('535 5.7.8 Invalid login') });
    expect(server.sessions).toEqual([]);
  });

  test('proxy_smtp_auth on: the login is handed on', async () => {
    const server = await startServer({ authOptional: false, allowInsecureAuth: true, authMethods: ['PLAIN'] });
    const authHttp = await startAuthHttp(server.port);
    const port = await startNginx(authHttp, 'smtp_auth plain login', 'xclient off', 'proxy_smtp_auth on');
    await succeed('swaks', swaksArguments(port, login));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ method: 'PLAIN', user: { name: USER }, transmissionType: 'ESMTPA' });
  });

  test('proxy_protocol on: the client comes as PROXY header', async () => {
    const server = await startServer({ authOptional: false, allowInsecureAuth: true, useProxy: ['127.0.0.1'] });
    const authHttp = await startAuthHttp(server.port);
    const settings = ['smtp_auth plain', 'xclient off', 'proxy_smtp_auth on', 'proxy_protocol on'];
    const port = await startNginx(authHttp, ...settings);
    await succeed('swaks', swaksArguments(port, ['--local-interface', '127.0.0.2', ...login]));
    const message = await server.message();
    expectMail(message);
    expect(message).toMatchObject({ remoteAddress: '127.0.0.2', method: 'PLAIN', user: { name: USER } });
    expect(message.session).toMatchObject({ peerAddress: '127.0.0.1', proxy: { version: 1, command: 'PROXY' } });
  });
});
