import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ConfigProblem } from './config-error.js';
import { toConfig } from './environment.js';
import type { Environment, Variable } from './environment.js';

/** What is wrong with variables in respect of each other, or of the files that they name. */
export function problemsOfSet(environment: Environment): ConfigProblem[] {
  return [
    ...problemsOfPorts(environment),
    ...problemsOfPair(environment, 'TLS_KEY_FILE', 'TLS_CERT_FILE'),
    ...problemsOfPair(environment, 'BOOTSTRAP_USER', 'BOOTSTRAP_PASSWORD'),
    ...problemsOfTlsFiles(environment),
    ...problemsOfProduction(environment),
  ];
}

/** Two ports of ours on one number; 0 is a free port each time. An invalid one is NaN here, and equals nothing. */
function problemsOfPorts(environment: Environment): ConfigProblem[] {
  const { smtpPort, smtpsPort, httpPort } = toConfig(environment);
  const taken = new Map<number, Variable>();
  const problems: ConfigProblem[] = [];
  for (const [variable, port] of [
    ['SMTP_PORT', smtpPort],
    ['SMTPS_PORT', smtpsPort],
    ['HTTP_PORT', httpPort],
  ] as const) {
    const owner = taken.get(port);
    if (owner && port !== 0) problems.push({ variable, text: `is ${port}, as ${owner} is; write another port` });
    taken.set(port, variable);
  }
  return problems;
}

/** Two variables that only mean something together. */
function problemsOfPair(environment: Environment, one: Variable, other: Variable): ConfigProblem[] {
  const present = environment[one] === undefined ? other : one;
  const missing = present === one ? other : one;
  if (environment[present] === undefined || environment[missing] !== undefined) return [];
  return [{ variable: missing, text: `is not set, but ${present} is; set both, or none of them` }];
}

function problemsOfTlsFiles({ TLS_KEY_FILE, TLS_CERT_FILE }: Environment): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const key = readPem('TLS_KEY_FILE', TLS_KEY_FILE, problems);
  const cert = readPem('TLS_CERT_FILE', TLS_CERT_FILE, problems);
  if (key === undefined || cert === undefined) return problems;
  try {
    createSecureContext({ key, cert });
    return [];
  } catch (error) {
    const text = `and TLS_KEY_FILE do not go together (${messageOf(error)}); name the PEM files of a certificate and its private key`;
    return [{ variable: 'TLS_CERT_FILE', text }];
  }
}

function readPem(variable: Variable, path: string | undefined, problems: ConfigProblem[]): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    problems.push({ variable, text: `cannot be read (${messageOf(error)}); name a PEM file that this user may read` });
    return undefined;
  }
}

/** What development makes for itself, production is given. */
function problemsOfProduction(environment: Environment): ConfigProblem[] {
  if (environment.NODE_ENV !== 'production') return [];
  const problems: ConfigProblem[] = [];
  if (environment.TLS_KEY_FILE === undefined && environment.TLS_CERT_FILE === undefined) {
    problems.push(
      { variable: 'TLS_KEY_FILE', text: 'is required in production; name the PEM file of the private key' },
      { variable: 'TLS_CERT_FILE', text: 'is required in production; name the PEM file of the certificate chain' },
    );
  }
  if (environment.ADMIN_TOKEN === undefined) {
    const text = 'is required in production; write a long random token, e.g. from "openssl rand -hex 32"';
    problems.push({ variable: 'ADMIN_TOKEN', text });
  }
  return problems;
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}
