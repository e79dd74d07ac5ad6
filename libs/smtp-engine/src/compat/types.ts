import type { X509Certificate } from 'node:crypto';
import type { ServerOpts } from 'node:net';
import type { PassThrough } from 'node:stream';
import type net from 'node:net';
import type tls from 'node:tls';
import type { ExtensionOptions } from '../extension-options.js';

// The names and shapes are those of smtp-server 3.21.6; what is marked "beyond" smtp-server does not have.

/** Milliseconds. */
export type ms = number;

/** An error for the callback of a handler. `responseCode`, 400 to 599, is the reply code; its default depends on the handler. */
export interface SMTPServerError extends Error {
  responseCode?: number | undefined;
}

/** Parameters of MAIL or RCPT: keyword in capitals → value, decoded, or `true` for a keyword without one. */
export type SMTPServerAddressArgs = Record<string, string | true>;

/** DSN parameters of RCPT, where DSN is enabled (`hideDSN: false`). */
export interface SMTPServerRecipientDSN {
  notify?: string[] | undefined;
  orcpt?: string | undefined;
}

/** A sender or recipient. */
export interface SMTPServerAddress {
  /** `''` for the null sender. A punycode domain is given in Unicode. */
  address: string;
  /** `false` where none were given. */
  args: SMTPServerAddressArgs | false;
  dsn?: SMTPServerRecipientDSN | undefined;
}

/** How a client authenticates; the SCRAM methods, OAUTHBEARER, EXTERNAL and ANONYMOUS are beyond. */
export type SMTPServerAuthenticationMethod =
  | 'PLAIN'
  | 'LOGIN'
  | 'XOAUTH2'
  | 'CRAM-MD5'
  | 'XCLIENT'
  | 'SCRAM-SHA-1'
  | 'SCRAM-SHA-256'
  | 'SCRAM-SHA-1-PLUS'
  | 'SCRAM-SHA-256-PLUS'
  | 'OAUTHBEARER'
  | 'EXTERNAL'
  | 'ANONYMOUS';

/** What onAuth gets. */
export interface SMTPServerAuthentication {
  method: SMTPServerAuthenticationMethod;
  username?: string | undefined;
  /** PLAIN and LOGIN; `null` for XCLIENT. */
  password?: string | null | undefined;
  /** PLAIN, SCRAM and EXTERNAL: whose credentials these are. */
  authcid?: string | undefined;
  /** PLAIN, SCRAM, OAUTHBEARER and EXTERNAL: whom the client wants to act as. */
  authzid?: string | undefined;
  /** XOAUTH2 and OAUTHBEARER. */
  accessToken?: string | undefined;
  /** CRAM-MD5. */
  challenge?: string | undefined;
  /** CRAM-MD5. */
  challengeResponse?: string | undefined;
  /** EXTERNAL, beyond: the client's certificate, which TLS has verified. */
  certificate?: X509Certificate | undefined;
  /** ANONYMOUS, beyond: what the guest said of itself. */
  trace?: string | undefined;
  /** CRAM-MD5 and SCRAM: whether the client knows this password. No SCRAM login succeeds without. */
  validatePassword(password: string): boolean;
}

/** What onAuth answers; without `user` the login is refused. */
export interface SMTPServerAuthenticationResponse {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- smtp-server's own type: applications use what they put in
  user?: any;
  /** XOAUTH2 and OAUTHBEARER: the JSON that goes before the refusal. */
  data?: object | undefined;
  message?: string | undefined;
  responseCode?: number | undefined;
}

/** DSN parameters of MAIL. */
export interface SMTPServerEnvelopeDSN {
  ret: string | null;
  envid: string | null;
}

/** The transaction so far. */
export interface SMTPServerEnvelope {
  mailFrom: SMTPServerAddress | false;
  rcptTo: SMTPServerAddress[];
  requireTLS?: boolean | undefined;
  /** `7bit` or `8bitmime`. */
  bodyType?: string | undefined;
  smtpUtf8?: boolean | undefined;
  /** Only with `hideDSN: false`. */
  dsn?: SMTPServerEnvelopeDSN | undefined;
}

/** One object for the whole connection; properties of the application survive. */
export interface SMTPServerSession {
  /** 16 characters of `0-9a-v`. */
  id: string;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  /** The name that the reverse lookup found, else the address in brackets. */
  clientHostname: string;
  /** HELO, EHLO or LHLO; `false` before, which smtp-server's type leaves out. */
  openingCommand: string;
  /** `false` before, which smtp-server's type leaves out. */
  hostNameAppearsAs: string;
  envelope: SMTPServerEnvelope;
  secure: boolean;
  transmissionType: string;
  tlsOptions: tls.CipherNameAndProtocol | false;
  servername?: string | false | null | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- smtp-server's own type: applications use what they put in
  user?: any;
  xClient: Map<string, string | number | false>;
  xForward: Map<string, string | number | false>;
  /** 1, 2, … */
  transaction: number;
  /** The latest reply of 400 and more. */
  error?: string | undefined;
  isWizard?: boolean | undefined;
  /** Set by the application: stands for the server's `disabledCommands` in this session. */
  disabledCommands?: string[] | undefined;
}

/** The message: with smtp-server's type, so that its users fit, but there is no writing to it. */
export interface SMTPServerDataStream extends PassThrough {
  /** Octets received so far. */
  byteLength: number;
  /** The message is larger than `size`. */
  sizeExceeded: boolean;
}

/** What the event `connect` tells. */
export interface SMTPServerConnectionInfo {
  id: string;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  hostNameAppearsAs: string | false;
  clientHostname: string | false;
}

/** Who is asked for names of addresses. */
export interface SMTPServerResolver {
  reverse(ip: string, callback: (err: Error | null, hostnames?: string[]) => void): void;
}

/** One answer of the array that onData gives with LMTP. */
export type SMTPServerDataResult = string | Error;

/** A bunyan-like logger. */
export interface SMTPServerLogger {
  trace?(...args: unknown[]): void;
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn?(...args: unknown[]): void;
  error(...args: unknown[]): void;
  fatal?(...args: unknown[]): void;
}

type Awaitable<T> = T | Promise<T>;
type Done = (err?: SMTPServerError | null) => void;

/** The handlers: options, assigned properties or overridden methods. A promise is an answer too (beyond). */
export interface SMTPServerHandlers {
  onConnect(session: SMTPServerSession, callback: Done): Awaitable<void>;
  onSecure(socket: net.Socket | tls.TLSSocket, session: SMTPServerSession, callback: Done): Awaitable<void>;
  onAuth(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    callback: (err: SMTPServerError | null | undefined, response?: SMTPServerAuthenticationResponse) => void,
  ): Awaitable<SMTPServerAuthenticationResponse | void>;
  onMailFrom(address: SMTPServerAddress, session: SMTPServerSession, callback: Done): Awaitable<void>;
  onRcptTo(address: SMTPServerAddress, session: SMTPServerSession, callback: Done): Awaitable<void>;
  onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (err?: SMTPServerError | null, message?: string | SMTPServerDataResult[]) => void,
  ): Awaitable<string | SMTPServerDataResult[] | void>;
  onClose(session: SMTPServerSession, callback?: Done): Awaitable<void>;
}

/** Options of smtp-server, and those beyond at the end. */
export interface SMTPServerOptions extends tls.TlsOptions, ServerOpts, Partial<SMTPServerHandlers> {
  secure?: boolean | undefined;
  secured?: boolean | undefined;
  name?: string | undefined;
  banner?: string | undefined;
  heloResponse?: string | undefined;
  size?: number | undefined;
  hideSize?: boolean | undefined;
  rejectOversized?: boolean | undefined;
  authMethods?: string[] | undefined;
  authOptional?: boolean | undefined;
  authRequiredMessage?: string | undefined;
  disabledCommands?: string[] | undefined;
  hideSTARTTLS?: boolean | undefined;
  hidePIPELINING?: boolean | undefined;
  hide8BITMIME?: boolean | undefined;
  hideSMTPUTF8?: boolean | undefined;
  hideENHANCEDSTATUSCODES?: boolean | undefined;
  hideDSN?: boolean | undefined;
  hideREQUIRETLS?: boolean | undefined;
  allowInsecureAuth?: boolean | undefined;
  disableReverseLookup?: boolean | undefined;
  resolver?: SMTPServerResolver | undefined;
  sniOptions?: { [servername: string]: tls.TlsOptions } | Map<string, tls.TlsOptions> | undefined;
  needsUpgrade?: boolean | undefined;
  logger?: SMTPServerLogger | boolean | undefined;
  component?: string | undefined;
  maxClients?: number | undefined;
  useProxy?: boolean | string[] | undefined;
  ignoredHosts?: string[] | undefined;
  useXClient?: boolean | string[] | undefined;
  useXForward?: boolean | string[] | undefined;
  lmtp?: boolean | undefined;
  socketTimeout?: ms | undefined;
  closeTimeout?: ms | undefined;
  maxAllowedUnauthenticatedCommands?: number | false | undefined;
  maxCommandLength?: number | undefined;
  maxRecipients?: number | undefined;
  lenientAddressParsing?: boolean | undefined;
  /** Beyond: a dot that begins a line with more on it is kept, as smtp-server does against RFC 5321 §4.5.2. Default: false. */
  keepSingleDot?: boolean | undefined;
  /** Beyond: refused logins on a connection before 421; `false`: no limit. Default: 10. */
  maxFailedLogins?: number | false | undefined;
  /** Beyond: `false` offers and takes CHUNKING. Default: true. */
  hideCHUNKING?: boolean | undefined;
  /** Beyond: extensions of the engine, as its option of the same name. Default: none. */
  extensions?: ExtensionOptions | undefined;
}

/** Events of SMTPServer. */
export interface SMTPServerEvents {
  close: [];
  error: [err: Error];
  connect: [info: SMTPServerConnectionInfo];
}
