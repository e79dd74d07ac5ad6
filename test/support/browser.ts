import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

// A container has no user namespaces for Chromium's own sandbox; the rest keeps the browser from talking to anybody
// on its own account, so that the only requests are those of the page under test.
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the system's Chromium, headless; `CHROMIUM` names another one than Debian's. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
}

/** A server that nobody should ever reach. */
export interface Trap {
  readonly origin: string;
  /** What came in, in order: a line for each TCP connection and for each request. */
  readonly visits: string[];
  close(): Promise<void>;
}

/** Opens a trap on a free port of the loopback interface. */
export async function openTrap(): Promise<Trap> {
  const visits: string[] = [];
  const server = createServer((request, response) => {
    visits.push(`${request.method} ${request.url}`);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end('trapped');
  });
  // A mere connection tells the sender as much as a request.
  server.on('connection', () => visits.push('connection'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${port}`, visits, close };
}
