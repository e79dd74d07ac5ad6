import { relative } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { ListenerAddress } from 'smtp-engine';
import { FirstAccount } from './accounts/first-account.js';
import { AppConfig } from './config/app-config.js';
import { ServerSecrets } from './store/server-secrets.js';

/**
 * What a person wants to know when the application is up: what listens where, and how to send a first mail.
 *
 * @param listeners those of SMTP
 */
export async function startNotice(app: INestApplication, listeners: readonly ListenerAddress[]): Promise<string> {
  const page = await app.getUrl();
  return [
    '',
    'Mail is welcome.',
    '',
    ...listeners.map(({ address, secure }) => {
      const where = typeof address === 'string' ? address : `${bracket(address.address)}:${address.port}`;
      return `  ${secure ? 'SMTPS ' : 'SMTP  '} ${where.padEnd(24)} ${secure ? 'implicit TLS' : 'STARTTLS'}, login required`;
    }),
    `  Page   ${page}`,
    '',
    ...accountLines(app.get(FirstAccount)),
    ...tokenLines(app.get(ServerSecrets)),
    ...curlLines(app, listeners),
    '',
  ].join('\n');
}

function accountLines({ created, username, password }: FirstAccount): string[] {
  if (!created || password === undefined) return [];
  return [`  A first account was made; its password is shown this once: user ${username}, password ${password}`];
}

function tokenLines({ adminToken }: ServerSecrets): string[] {
  return adminToken.created ? [`  Token for page and API, shown this once: ${adminToken.value}`] : [];
}

/** A line to copy and paste. Without the password, which only the first start knows, curl asks for it. */
function curlLines(app: INestApplication, listeners: readonly ListenerAddress[]): string[] {
  const submission = listeners.find(({ secure }) => !secure)?.address;
  if (submission === undefined || typeof submission === 'string' || app.get(AppConfig).production) return [];
  const { username = 'USER', password } = app.get(FirstAccount);
  const login = password === undefined ? username : `${username}:${password}`;
  const { tls } = app.get(ServerSecrets);
  const trust = tls.selfSigned ? `--cacert ${shellWord(nearPath(tls.certFile))} ` : '';
  return [
    '',
    '  Send a first mail:',
    '',
    String.raw`    printf 'Subject: Hello\r\n\r\nIt works.\r\n' | curl --ssl-reqd ${trust}` +
      `--url smtp://${host(submission.address)}:${submission.port} --user ${shellWord(login)} ` +
      `--mail-from me@example.org --mail-rcpt you@example.org --upload-file -`,
    '',
  ];
}

/** An address that a client on this machine can connect to. */
function host(address: string): string {
  return address === '0.0.0.0' || address === '::' ? '127.0.0.1' : bracket(address);
}

function bracket(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Relative where that is shorter to read. */
function nearPath(file: string): string {
  const path = relative('', file);
  return path.startsWith('..') ? file : path;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
