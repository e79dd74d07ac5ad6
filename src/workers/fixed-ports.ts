import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { AppConfig } from '../config/app-config.js';

/**
 * The ports of the workers as variables of their environment, with a free one where the configuration has 0: a worker
 * that is started anew has to find the port of those before it, also when none of them is left.
 */
export async function fixedPorts({ smtpPort, smtpsPort, bindAddress }: AppConfig): Promise<Record<string, string>> {
  return {
    SMTP_PORT: String(smtpPort === 0 ? await freePort(bindAddress) : smtpPort),
    SMTPS_PORT: String(smtpsPort === 0 ? await freePort(bindAddress) : smtpsPort),
  };
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
