import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { DialectOptions } from './extension-options.js';
import type { InputOptions } from './input-options.js';
import type { MannerOptions } from './manner-options.js';
import type { TimedHook } from './session/hook.js';

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

/** Finds the names of an address, as `dns.reverse()` does. */
export interface ReverseResolver {
  reverse(address: string, callback: (error: Error | null, names?: readonly string[]) => void): void;
}

/**
 * Line ends within a message that are not CRLF (RFC 5321 §2.3.8). To us only CRLF.CRLF ends a message, but a server behind
 * us may think otherwise, and take what follows for commands of ours (SMTP smuggling).
 *
 * - `'reject'`: they pass as they are, since many clients send them, but a message with a lone dot between such line ends
 *   is refused (550 5.5.2);
 * - `'normalize'`: every one of them becomes CRLF;
 * - `'pass'`: octets are octets. Safe only where nobody relays the message.
 */
export type BareNewline = 'reject' | 'normalize' | 'pass';

/**
 * Octets behind DATA before its 354: no client sends them that follows RFC 2920, but a web page or another protocol that
 * was talked into speaking to us does.
 *
 * - `'reject'`: 554 5.5.0, and the connection closes;
 * - `'pass'`: they are taken for the beginning of the message.
 */
export type UnauthorizedPipelining = 'reject' | 'pass';

/** What may differ from listener to listener. Names and meanings are smtp-server's where it has the option. */
export interface SessionOptions extends TlsOptions, DialectOptions, InputOptions, MannerOptions {
  /** The server's own name in greeting, EHLO and challenges. Default: the host's name. */
  readonly name?: string;
  /** Text behind `220 name ESMTP`. Default: none. */
  readonly banner?: string;
  /** Implicit TLS: the connection begins with the handshake (RFC 8314). Default: false. */
  readonly secure?: boolean;
  /**
   * Certificates by the name a client asks for (SNI); `*.example.com` stands for one level. What an entry leaves out of
   * the settings it takes from the listener, key and certificate excepted. Default: none.
   */
  readonly sniOptions?: Readonly<Record<string, TlsOptions>> | ReadonlyMap<string, TlsOptions>;
  /** Chooses the certificate for a name by itself, instead of `sniOptions`; as for `tls.createServer()`. */
  readonly SNICallback?: (servername: string, callback: (error: Error | null, context?: SecureContext) => void) => void;
  /** With `secure`: TLS ends at a proxy in front, the connection is taken as encrypted. Default: false. */
  readonly secured?: boolean;
  /** Largest message in octets; advertised (RFC 1870) and enforced. Default: 0, no limit. */
  readonly size?: number;
  /**
   * SASL mechanisms to offer, in this order: PLAIN, LOGIN, CRAM-MD5, XOAUTH2, OAUTHBEARER, SCRAM-SHA-1, SCRAM-SHA-256 and
   * both with -PLUS, EXTERNAL, ANONYMOUS. EHLO leaves out what cannot succeed in a session. Default: `['LOGIN', 'PLAIN']`.
   */
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
  /**
   * Milliseconds the second refused login of a connection waits for its reply, and each one after it twice as long;
   * `false`: none waits. The first is answered at once. Default: 250.
   */
  readonly authFailureDelayMs?: number | false;
  /** The longest such wait, in milliseconds. Default: 4000. */
  readonly maxAuthFailureDelayMs?: number;
  /**
   * Commands of a client that has not logged in, where it does not have to, since the connection began or its last message
   * was accepted; then 421. RCPT, DATA and BDAT do not count, nor do AUTH, STARTTLS and QUIT: a long message is one MAIL.
   * `false`: no limit. Default: 50.
   */
  readonly maxCommandsWithoutMail?: number | false;
  /** Unknown commands on a connection before 421. Default: 50. */
  readonly maxUnknownCommands?: number;
  /** Octets of a command line, CRLF included (RFC 5321 §4.5.3.1.4 asks for 512 and more). At most 65,536. Default: 4096. */
  readonly maxCommandLength?: number;
  /** Octets of an AUTH line and of its responses (RFC 4954 §4 asks for 12288). At most 65,536. Default: 12288. */
  readonly maxAuthLineLength?: number;
  /** Recipients of a message; more get 452 4.5.3. At least 100 (RFC 5321 §4.5.3.1.8). Default: 1000. */
  readonly maxRecipients?: number;
  /** `'any'`: every recipient is taken, on purpose. Needed where mail is taken without login and no `rcpt` hook decides. */
  readonly recipients?: 'any';
  /** Verbs this server does not know; `AUTH` and `STARTTLS` switch those off. Default: none. */
  readonly disabledCommands?: readonly string[];
  /** Asks the client for a certificate in the TLS handshake. EXTERNAL logs in with one. Default: false. */
  readonly requestCert?: boolean;
  /**
   * With `requestCert`: closes the connection of a client without a certificate that one of `ca` (by default Node's root
   * authorities) has signed. With `false` such a client is served, and `session.clientCertificate` is undefined.
   * Default: true.
   */
  readonly rejectUnauthorized?: boolean;
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
  /**
   * Peers (addresses, CIDR prefixes, `*`) that begin with a PROXY header, version 1 or 2: from those it is required, from
   * all others it is not taken. `true`: from everybody; unsafe where anybody but a proxy can connect, since the header
   * makes its sender whoever it likes to be. Default: false.
   */
  readonly useProxy?: boolean | readonly string[];
  /**
   * Clients (addresses, CIDR prefixes, `*`) that may say with XCLIENT whom they speak for; `true`: everybody, unsafe.
   * Behind `useProxy` it is the address of the PROXY header that counts. Default: false.
   */
  readonly useXClient?: boolean | readonly string[];
  /** Clients that may say with XFORWARD, for the log, where a message came from; as `useXClient`. Default: false. */
  readonly useXForward?: boolean | readonly string[];
  /**
   * Does not ask DNS for the name of the client's address, so that `clientHostname` is the address in brackets.
   * Default: true; smtp-server's is false, but a lookup delays each greeting by up to 1.5 seconds and most applications
   * never look at the name.
   */
  readonly disableReverseLookup?: boolean;
  /** Who is asked for names of addresses. Default: `node:dns`. */
  readonly resolver?: ReverseResolver;
  /**
   * Milliseconds to wait before the greeting; a client that speaks before it gets 421 and is closed, as many spambots do.
   * Default: 0: no wait, and octets that come early are answered after the greeting.
   */
  readonly greetingDelayMs?: number;
  /** A silent client is cut after so many milliseconds. Default: 60,000. */
  readonly socketTimeout?: number;
  /** Milliseconds a TLS handshake may take. Default: 30,000. */
  readonly handshakeTimeoutMs?: number;
  /** Milliseconds a `data` handler may take until it reads or answers; then 451. Default: 30,000. */
  readonly dataInitiationTimeoutMs?: number;
  /**
   * Milliseconds a hook may take, by its name; then 451 (454 at AUTH, 421 before the greeting). Default: 30,000 for
   * connect, secure, hello and command, 60,000 for auth, secret, mail and rcpt, 540,000 for data: from the end of the
   * message, and while the handler does not go on reading.
   */
  readonly handlerTimeouts?: Partial<Record<TimedHook, number>>;
  /** Octets a second a message has to come with on average, once `socketTimeout` has passed; 0: any. Default: 500. */
  readonly minDataRate?: number;
  /** What is done about line ends within a message that are not CRLF. Default: `'reject'`. */
  readonly bareNewline?: BareNewline;
  /** What is done about octets that come behind DATA before its 354 (RFC 2920 §3.1). Default: `'reject'`. */
  readonly unauthorizedPipelining?: UnauthorizedPipelining;
}

/** A listener: an address and what differs there from the server's options. */
export interface ListenerOptions extends SessionOptions {
  /** Its name, for handlers and logs. Default: `default`, then `listener-2`, … */
  readonly id?: string;
  /** Default: 587 without, 465 with `secure`; 24 with `lmtp`. 0 takes a free port. */
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
  /** Connections of one client at a time, all listeners together; more get 421. Default: no limit. */
  readonly maxClientsPerAddress?: number;
  /** Bits of an address that make one client for `maxClientsPerAddress`. Default: `{ ipv4: 32, ipv6: 64 }`. */
  readonly clientPrefix?: { readonly ipv4?: number; readonly ipv6?: number };
  /** Connections at a time, all listeners together; more get 421. Default: no limit. */
  readonly maxClients?: number;
  /**
   * Iterations of the SCRAM secrets that the engine makes itself: for passwords that the `secret` hook gives, and for users
   * that do not exist. Write as many as your stored secrets have, so that nobody can tell those apart. Default: 10,000.
   */
  readonly scramIterations?: number;
  /**
   * Any secret text: what SCRAM salts of users that do not exist are made from. Several processes with the same users share
   * it, and it stays the same over restarts; else their salts would change where those of real users do not.
   * Default: random.
   */
  readonly scramDecoyKey?: string;
  /** Milliseconds that running transactions have to finish after `close()`. Default: 30,000. */
  readonly closeTimeout?: number;
}
