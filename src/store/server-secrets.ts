import { readFile } from 'node:fs/promises';
import type { AppConfig } from '../config/app-config.js';
import type { DataDir } from './data-dir.js';
import { readOrCreateAdminToken, readOrCreateCertificate } from './secrets.js';

/**
 * The admin token and the certificate in use: those of the environment, or those that the application keeps for itself
 * in DATA_DIR. An abstract class, so that it is its own injection token.
 */
export abstract class ServerSecrets {
  /** `created` is true at the start that made it: the only time to print it. Never for one from the environment. */
  abstract readonly adminToken: { readonly value: string; readonly created: boolean };
  /** Key and certificate chain, PEM. `certFile` is for people: where a client finds what to trust. */
  abstract readonly tls: {
    readonly key: string;
    readonly cert: string;
    readonly certFile: string;
    readonly created: boolean;
    readonly selfSigned: boolean;
  };
}

/** Key and certificate chain of the listeners, PEM. An abstract class, so that it is its own injection token. */
export abstract class ServerCertificate {
  abstract readonly key: string;
  abstract readonly cert: string;
}

/** Reads what the environment names; makes what is missing. */
export async function loadServerSecrets(config: AppConfig, directory: DataDir): Promise<ServerSecrets> {
  return Object.freeze({ adminToken: await loadAdminToken(config, directory), tls: await loadTls(config, directory) });
}

async function loadAdminToken({ adminToken }: AppConfig, { secrets }: DataDir): Promise<ServerSecrets['adminToken']> {
  return adminToken === undefined ? readOrCreateAdminToken(secrets) : { value: adminToken, created: false };
}

async function loadTls(config: AppConfig, { secrets }: DataDir): Promise<ServerSecrets['tls']> {
  const { tlsKeyFile, tlsCertFile, smtpName } = config;
  if (tlsKeyFile === undefined || tlsCertFile === undefined) {
    return { ...(await readOrCreateCertificate(secrets, smtpName)), selfSigned: true };
  }
  const [key, cert] = await Promise.all([readFile(tlsKeyFile, 'utf8'), readFile(tlsCertFile, 'utf8')]);
  return { key, cert, certFile: tlsCertFile, created: false, selfSigned: false };
}
