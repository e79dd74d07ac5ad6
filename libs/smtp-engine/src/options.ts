import { hostname } from 'node:os';
import type { SecureContextOptions } from 'node:tls';
import { AddressList } from './address-list.js';
import type { Backend } from './backend.js';
import { Reply, replies } from './reply.js';
import { mechanisms } from './sasl/index.js';

/** TLS material and settings, as for `tls.createSecureContext()`. */
export type TlsOptions = Pick<
  SecureContextOptions,
  | 'key'
  | 'cert'
  | 'ca'
  | 'pfx'
  | 'passphrase'
  | 'ciphers'
  | 'honorCipherOrder'
  | 'ecdhCurve'
  | 'dhparam'
  | 'minVersion'
  | 'maxVersion'
  | 'sigalgs'
  | 'secureOptions'
  | 'sessionIdContext'
>;

/** What may differ from listener to listener. Names and meanings are smtp-server's where it has the option. */
export interface SessionOptions extends TlsOptions {
  /** The server's own name in greeting, EHLO and challenges. Default: the host's name. */
  readonly name?: string;
  /** Text behind `220 name ESMTP`. Default: none. */
  readonly banner?: string;
  /** Implicit TLS: the connection begins with the handshake (RFC 8314). Default: false. */
  readonly secure?: boolean;
  /** Largest message in octets; advertised (RFC 1870) and enforced. Default: 0, no limit. */
  readonly size?: number;
  /** SASL mechanisms to offer, in this order. Default: `['LOGIN', 'PLAIN']`. */
  readonly authMethods?: readonly string[];
  /** Mail is taken without login too. Default: false. */
  readonly authOptional?: boolean;
  /** Text of the 530. Default: `Authentication required`. */
  readonly authRequiredMessage?: string;
  /** AUTH without TLS. Default: false. */
  readonly allowInsecureAuth?: boolean;
  /** Commands before login where login is required; `false`: no limit. Default: 10. */
  readonly maxAllowedUnauthenticatedCommands?: number | false;
  /** Refused logins on a connection before 421; `false`: no limit. Default: 10. */
  readonly maxFailedLogins?: number | false;
  /** Unknown commands on a connection before 421. Default: 50. */
  readonly maxUnknownCommands?: number;
  /** Octets of a command line, CRLF included (RFC 5321 §4.5.3.1.4 asks for 512 and more). Default: 4096. */
  readonly maxCommandLength?: number;
  /** Octets of an AUTH line and of its responses (RFC 4954 §4 asks for 12288). Default: 12288. */
  readonly maxAuthLineLength?: number;
  /** Recipients of a message; more get 452 4.5.3. At least 100 (RFC 5321 §4.5.3.1.8). Default: 1000. */
  readonly maxRecipients?: number;
  /** `'any'`: every recipient is taken, on purpose. Needed where mail is taken without login and no `rcpt` hook decides. */
  readonly recipients?: 'any';
  /** Verbs this server does not know; `AUTH` and `STARTTLS` switch those off. Default: none. */
  readonly disabledCommands?: readonly string[];
  /** STARTTLS works but EHLO does not say so. Lifts no rule. Default: false. */
  readonly hideSTARTTLS?: boolean;
  /** Only the EHLO line. Default: false. */
  readonly hidePIPELINING?: boolean;
  /** Only the EHLO line. Default: false. */
  readonly hide8BITMIME?: boolean;
  /** Only the EHLO line. Default: false. */
  readonly hideSMTPUTF8?: boolean;
  /** No enhanced status codes at all. Default: false. */
  readonly hideENHANCEDSTATUSCODES?: boolean;
  /** EHLO says SIZE without a number, and a declared size is not checked; real octets are. Default: false. */
  readonly hideSize?: boolean;
  /** Peers (addresses, CIDR prefixes) that may use XCLIENT; `true`: everybody, unsafe. Default: false. */
  readonly useXClient?: boolean | readonly string[];
  /** A silent client is cut after so many milliseconds. Default: 60,000. */
  readonly socketTimeout?: number;
  /** Milliseconds a TLS handshake may take. Default: 30,000. */
  readonly handshakeTimeoutMs?: number;
  /** Milliseconds a `data` handler may take until it reads or answers; then 451. Default: 30,000. */
  readonly dataInitiationTimeoutMs?: number;
}

/** A listener: an address and what differs there from the server's options. */
export interface ListenerOptions extends SessionOptions {
  /** Its name, for handlers and logs. Default: `default`, then `listener-2`, … */
  readonly id?: string;
  /** Default: 587 without, 465 with `secure`. 0 takes a free port. */
  readonly port?: number;
  /** Address to bind. Default: all. */
  readonly host?: string;
  /** A Unix socket instead of host and port. */
  readonly path?: string;
  /** Length of the queue of connections the kernel keeps. Default: Node's. */
  readonly backlog?: number;
}

/** Options of a server; every listener inherits them. */
export interface SmtpServerOptions extends SessionOptions {
  /** Connections at a time, all listeners together; more get 421. Default: no limit. */
  readonly maxClients?: number;
  /** Milliseconds that running transactions have to finish after `close()`. Default: 30,000. */
  readonly closeTimeout?: number;
}

/** What the rest of the engine works with: complete, checked, frozen. */
export interface ResolvedOptions {
  readonly id: string;
  readonly name: string;
  readonly banner: string;
  readonly secure: boolean;
  readonly size: number;
  readonly authMethods: readonly string[];
  /** Whether AUTH can succeed here at all. */
  readonly authEnabled: boolean;
  readonly loginRequired: boolean;
  /** 530, with `authRequiredMessage` where it was given. */
  readonly authRequiredReply: Reply;
  readonly allowInsecureAuth: boolean;
  readonly maxAllowedUnauthenticatedCommands: number | false;
  readonly maxFailedLogins: number | false;
  readonly maxUnknownCommands: number;
  readonly maxCommandLength: number;
  readonly maxAuthLineLength: number;
  readonly maxRecipients: number;
  readonly disabledCommands: ReadonlySet<string>;
  /** Key or pfx is there: TLS is possible. */
  readonly tlsConfigured: boolean;
  readonly hideSTARTTLS: boolean;
  readonly hidePIPELINING: boolean;
  readonly hide8BITMIME: boolean;
  readonly hideSMTPUTF8: boolean;
  readonly hideENHANCEDSTATUSCODES: boolean;
  readonly hideSize: boolean;
  readonly xclientPeers: AddressList | undefined;
  readonly socketTimeout: number;
  readonly handshakeTimeoutMs: number;
  readonly dataInitiationTimeoutMs: number;
  readonly maxClients: number;
  readonly closeTimeout: number;
}

/** Options that cannot work or are unsafe: all problems of a listener together, each with what to write instead. */
export class SmtpOptionsError extends TypeError {
  override readonly name = 'SmtpOptionsError';

  constructor(readonly problems: readonly string[]) {
    super(`the SMTP options cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Completes and checks the options of one listener.
 *
 * @throws SmtpOptionsError with every problem found
 */
export function resolveOptions(
  input: SmtpServerOptions & ListenerOptions,
  backend: Backend,
  id: string,
): ResolvedOptions {
  const problems: string[] = [];
  const disabledCommands = new Set((input.disabledCommands ?? []).map((verb) => verb.trim().toUpperCase()));
  const authMethods = (input.authMethods ?? ['LOGIN', 'PLAIN']).map((method) => method.trim().toUpperCase());
  const authEnabled = backend.auth !== undefined && !disabledCommands.has('AUTH') && authMethods.length > 0;
  const resolved: ResolvedOptions = Object.freeze({
    id,
    name: input.name ?? hostname(),
    banner: input.banner ?? '',
    secure: input.secure ?? false,
    size: input.size ?? 0,
    authMethods,
    authEnabled,
    loginRequired: !disabledCommands.has('AUTH') && !(input.authOptional ?? false),
    authRequiredReply:
      input.authRequiredMessage === undefined
        ? replies.authenticationRequired
        : new Reply(530, '5.7.0', input.authRequiredMessage),
    allowInsecureAuth: input.allowInsecureAuth ?? false,
    maxAllowedUnauthenticatedCommands: input.maxAllowedUnauthenticatedCommands ?? 10,
    maxFailedLogins: input.maxFailedLogins ?? 10,
    maxUnknownCommands: input.maxUnknownCommands ?? 50,
    maxCommandLength: input.maxCommandLength ?? 4096,
    maxAuthLineLength: input.maxAuthLineLength ?? 12_288,
    maxRecipients: input.maxRecipients ?? 1000,
    disabledCommands,
    tlsConfigured: input.key !== undefined || input.pfx !== undefined,
    hideSTARTTLS: input.hideSTARTTLS ?? false,
    hidePIPELINING: input.hidePIPELINING ?? false,
    hide8BITMIME: input.hide8BITMIME ?? false,
    hideSMTPUTF8: input.hideSMTPUTF8 ?? false,
    hideENHANCEDSTATUSCODES: input.hideENHANCEDSTATUSCODES ?? false,
    hideSize: input.hideSize ?? false,
    xclientPeers: readPeers(input.useXClient, problems),
    socketTimeout: input.socketTimeout ?? 60_000,
    handshakeTimeoutMs: input.handshakeTimeoutMs ?? 30_000,
    dataInitiationTimeoutMs: input.dataInitiationTimeoutMs ?? 30_000,
    maxClients: input.maxClients ?? Number.MAX_SAFE_INTEGER,
    closeTimeout: input.closeTimeout ?? 30_000,
  });
  checkNumbers(resolved, problems);
  checkName(resolved.name, problems);
  checkAuthentication(resolved, backend, problems);
  checkRelay(input, resolved, backend, problems);
  checkCertificate(input, problems);
  if (problems.length > 0) throw new SmtpOptionsError(problems.map((problem) => `listener '${id}': ${problem}`));
  return resolved;
}

function readPeers(value: boolean | readonly string[] | undefined, problems: string[]): AddressList | undefined {
  if (value === undefined || value === false) return undefined;
  try {
    return new AddressList(value === true ? ['*'] : value);
  } catch (error) {
    problems.push(`useXClient: ${(error as Error).message}`);
    return undefined;
  }
}

/** Smallest (and largest) value of each number; `false` is allowed where the option's type says so. */
const BOUNDS: readonly (readonly [option: keyof ResolvedOptions, least: number, most?: number])[] = [
  ['size', 0],
  ['maxAllowedUnauthenticatedCommands', 1],
  ['maxFailedLogins', 1],
  ['maxUnknownCommands', 1],
  ['maxCommandLength', 512],
  ['maxAuthLineLength', 512],
  ['maxRecipients', 100],
  ['socketTimeout', 1],
  ['handshakeTimeoutMs', 1],
  ['dataInitiationTimeoutMs', 1],
  ['maxClients', 1],
  ['closeTimeout', 0, 2 ** 31 - 1], // a longer timer of Node's fires at once
];
const MAY_BE_FALSE: ReadonlySet<string> = new Set(['maxAllowedUnauthenticatedCommands', 'maxFailedLogins']);

function checkNumbers(options: ResolvedOptions, problems: string[]): void {
  for (const [option, least, most] of BOUNDS) {
    const value = options[option] as number | false;
    if (value === false && MAY_BE_FALSE.has(option)) continue;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= (most ?? value))
      continue;
    const off = MAY_BE_FALSE.has(option) ? ', or false for no limit' : '';
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    problems.push(`${option} is ${String(value)}; write a whole number ${range}${off}`);
  }
}

function checkName(name: string, problems: string[]): void {
  if (!/^[!-~]{1,255}$/.test(name)) {
    problems.push(
      `name is ${JSON.stringify(name)}; write the host name clients know this server by, such as 'mail.example.com'`,
    );
  }
}

function checkCertificate({ secure, key, cert, pfx }: ListenerOptions, problems: string[]): void {
  if (pfx !== undefined) return;
  if (key !== undefined && cert === undefined) problems.push('key is given without cert; give both (or pfx)');
  else if (key === undefined && cert !== undefined) problems.push('cert is given without key; give both (or pfx)');
  else if (secure && key === undefined) {
    problems.push('secure: true needs a certificate: give key and cert (or pfx)');
  }
}

function checkAuthentication(options: ResolvedOptions, backend: Backend, problems: string[]): void {
  if (options.disabledCommands.has('AUTH')) return;
  for (const method of options.authMethods) {
    if (method === 'XCLIENT') {
      problems.push(
        `authMethods names XCLIENT, which is no SASL mechanism; trust a proxy with useXClient: ['10.0.0.5'] instead`,
      );
    } else if (!mechanisms.has(method)) {
      problems.push(`authMethods names ${method}, which is not known; there are ${[...mechanisms.keys()].join(', ')}`);
    }
  }
  if (!options.loginRequired) return;
  if (backend.auth === undefined || options.authMethods.length === 0) {
    problems.push(
      'login is required but nothing can check it: give an auth handler and authMethods, or write authOptional: true',
    );
  } else if (
    !options.secure &&
    !options.tlsConfigured &&
    !options.allowInsecureAuth &&
    backend.isExempt === undefined
  ) {
    problems.push(
      'login is required, but without a certificate nobody can encrypt first: give key and cert (or allowInsecureAuth: true in a network you trust)',
    );
  } else if (
    !options.secure &&
    options.disabledCommands.has('STARTTLS') &&
    !options.allowInsecureAuth &&
    backend.isExempt === undefined
  ) {
    problems.push(
      'login is required, but STARTTLS is disabled, so nobody can encrypt first: enable it (or write allowInsecureAuth: true)',
    );
  }
}

/** Mail for anybody from anybody is an open relay; it must not come about by leaving something out. */
function checkRelay(input: ListenerOptions, options: ResolvedOptions, backend: Backend, problems: string[]): void {
  if (options.loginRequired || backend.rcpt !== undefined || input.recipients === 'any') return;
  problems.push(
    "mail is taken without login and nothing decides about recipients: give a rcpt handler, or write recipients: 'any' if every recipient is meant",
  );
}
