import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { IsOptional } from 'class-validator';
import type { AppConfig } from './app-config.js';
import {
  IsAccountPassword,
  IsAddress,
  IsBearerToken,
  IsByteCount,
  IsCount,
  IsDomainName,
  IsPort,
  IsUsername,
  isDomainName,
} from './rules.js';

// More than any machine needs for mail; each is a process of some 100 MB.
const MAX_WORKERS = 64;

/** The environment variables of the application, as text; one that is not set, or empty, is not there. */
export class Environment {
  @IsOptional() NODE_ENV?: string;
  @IsOptional() @IsPort() SMTP_PORT?: string;
  @IsOptional() @IsPort() SMTPS_PORT?: string;
  @IsOptional() @IsPort() HTTP_PORT?: string;
  @IsOptional() @IsAddress() BIND_ADDRESS?: string;
  @IsOptional() DATA_DIR?: string;
  @IsOptional() @IsDomainName() SMTP_NAME?: string;
  @IsOptional() @IsByteCount() MAX_MESSAGE_BYTES?: string;
  @IsOptional() @IsCount(MAX_WORKERS) WORKERS?: string;
  @IsOptional() @IsCount() MAX_CLIENTS?: string;
  @IsOptional() @IsCount() MAX_CLIENTS_PER_ADDRESS?: string;
  @IsOptional() @IsCount() MAX_LOGIN_FAILURES?: string;
  @IsOptional() TLS_KEY_FILE?: string;
  @IsOptional() TLS_CERT_FILE?: string;
  @IsOptional() @IsUsername() BOOTSTRAP_USER?: string;
  @IsOptional() @IsAccountPassword() BOOTSTRAP_PASSWORD?: string;
  @IsOptional() @IsBearerToken() ADMIN_TOKEN?: string;
}

export type Variable = keyof Environment;

export const VARIABLES = [
  'NODE_ENV',
  'SMTP_PORT',
  'SMTPS_PORT',
  'HTTP_PORT',
  'BIND_ADDRESS',
  'DATA_DIR',
  'SMTP_NAME',
  'MAX_MESSAGE_BYTES',
  'WORKERS',
  'MAX_CLIENTS',
  'MAX_CLIENTS_PER_ADDRESS',
  'MAX_LOGIN_FAILURES',
  'TLS_KEY_FILE',
  'TLS_CERT_FILE',
  'BOOTSTRAP_USER',
  'BOOTSTRAP_PASSWORD',
  'ADMIN_TOKEN',
] as const satisfies readonly Variable[];

const DEFAULT_MAX_MESSAGE_BYTES = 50 * 1024 * 1024;
// Logins that are under way count as well, and a busy client has many of them: this stops who guesses, not who is busy.
const DEFAULT_MAX_LOGIN_FAILURES = 500;

/** Picks what the application knows; an empty variable counts as unset, since compose files cannot leave one out. */
export function pickEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const environment = new Environment();
  for (const variable of VARIABLES) {
    const value = source[variable];
    if (value) environment[variable] = value;
  }
  return environment;
}

/** Values and defaults, of an environment that has been found valid. */
export function toConfig(environment: Environment): AppConfig {
  return Object.freeze({
    production: environment.NODE_ENV === 'production',
    smtpPort: Number(environment.SMTP_PORT ?? 2525),
    smtpsPort: Number(environment.SMTPS_PORT ?? 2465),
    httpPort: Number(environment.HTTP_PORT ?? 3000),
    // Nobody is reachable from outside by accident.
    bindAddress: environment.BIND_ADDRESS ?? '127.0.0.1',
    dataDir: resolve(environment.DATA_DIR ?? 'data'),
    smtpName: environment.SMTP_NAME ?? domainNameOf(hostname()),
    maxMessageBytes: Number(environment.MAX_MESSAGE_BYTES ?? DEFAULT_MAX_MESSAGE_BYTES),
    workers: Number(environment.WORKERS ?? 1),
    maxClients: environment.MAX_CLIENTS === undefined ? undefined : Number(environment.MAX_CLIENTS),
    maxClientsPerAddress:
      environment.MAX_CLIENTS_PER_ADDRESS === undefined ? undefined : Number(environment.MAX_CLIENTS_PER_ADDRESS),
    maxLoginFailures: Number(environment.MAX_LOGIN_FAILURES ?? DEFAULT_MAX_LOGIN_FAILURES),
    tlsKeyFile: environment.TLS_KEY_FILE && resolve(environment.TLS_KEY_FILE),
    tlsCertFile: environment.TLS_CERT_FILE && resolve(environment.TLS_CERT_FILE),
    bootstrapUser: environment.BOOTSTRAP_USER,
    bootstrapPassword: environment.BOOTSTRAP_PASSWORD,
    adminToken: environment.ADMIN_TOKEN,
  });
}

/** A host name as a domain that may stand in a greeting: machines are called `my_host` or `Ann's laptop`, too. */
export function domainNameOf(host: string): string {
  const labels = host
    .split('.')
    .map((label) =>
      label
        .replace(/[^A-Za-z0-9-]+/g, '-')
        .slice(0, 63)
        .replace(/^-+|-+$/g, ''),
    )
    .filter((label) => label !== '');
  const name = labels.join('.');
  return isDomainName(name) ? name : 'localhost';
}
