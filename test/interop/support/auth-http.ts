import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PASSWORD, USER } from './server.js';
import { atEnd } from './run.js';

/** What nginx asked, and where. */
export interface AuthHttp {
  readonly url: string;
  readonly requests: readonly IncomingHttpHeaders[];
}

/** The service nginx asks about each login: alice with her password is sent on to the port, everybody else is refused. */
export async function startAuthHttp(port: number): Promise<AuthHttp> {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    requests.push(headers);
    const user = decodeURIComponent(String(headers['auth-user'] ?? ''));
    const password = decodeURIComponent(String(headers['auth-pass'] ?? ''));
    const welcome = headers['auth-method'] === 'none' || (user === USER && password === PASSWORD);
    response.setHeader('Auth-Status', welcome ? 'OK' : 'Invalid login');
    if (welcome) response.setHeader('Auth-Server', '127.0.0.1').setHeader('Auth-Port', String(port));
    else response.setHeader('Auth-Wait', '1').setHeader('Auth-Error-Code', '535 5.7.8');
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`, requests };
}
