import { diagnostics } from '../diagnostics.js';
import type { CommandLine } from './command-line.js';
import { SmtpHandshakeFailed } from './errors.js';
import type { Session } from './session.js';

/** What came instead of SMTP. */
export type IntruderKind =
  /** A proxy that should send a PROXY header did not, or a malformed one. */
  | 'proxy-header'
  /** The client spoke before the greeting, where `greetingDelayMs` makes it wait. */
  | 'early-talker'
  /** An HTTP request. */
  | 'http'
  /** A TLS handshake where clear text is spoken. */
  | 'tls-on-clear-port'
  /** Clear text where a TLS handshake is due. */
  | 'clear-text-on-tls-port';

/** The first two octets of a TLS record with a handshake (RFC 8446 §5.1); together they begin no command. */
export const TLS_HANDSHAKE = [0x16, 0x03] as const;

const HTTP_VERSION = /(?:^| )HTTP\/\d(?:\.\d)?$/i;
/** What `commandSyntax: 'lax'` knows of HTTP. */
const HTTP_METHODS: ReadonlySet<string> = new Set([
  'OPTIONS',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'TRACE',
  'CONNECT',
]);
const REQUEST_TARGET = /^\/.* HTTP\/\d\.\d$/i;

/** Tells those who watch. */
export function reportIntruder(session: Session, kind: IntruderKind): void {
  if (diagnostics.intruder.hasSubscribers) diagnostics.intruder.publish({ session, kind });
}

/**
 * Whether a line with an unknown verb belongs to an HTTP request. A browser can be made to send one to any port, and what
 * the attacker put into its body must not be taken for commands. The header field Host stands in every request, so that
 * one whose first line was too long to be read is recognised by that.
 */
export function isHttp({ verb, args }: Pick<CommandLine, 'verb' | 'args'>, syntax: 'strict' | 'lax'): boolean {
  if (syntax === 'lax') return HTTP_METHODS.has(verb) && REQUEST_TARGET.test(args);
  return verb === 'HOST:' || HTTP_VERSION.test(args);
}

/** The same for a line of an exchange within a command. */
export function isHttpLine(line: string, syntax: 'strict' | 'lax'): boolean {
  const [verb = '', ...words] = line.split(' ');
  return isHttp({ verb: verb.toUpperCase(), args: words.join(' ') }, syntax);
}

/** What OpenSSL says of octets that are no TLS record. */
const NO_TLS: ReadonlySet<unknown> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
]);

/** Whether a handshake failed because the client does not speak TLS at all. */
export function isClearText(error: unknown): boolean {
  return error instanceof SmtpHandshakeFailed && NO_TLS.has((error.cause as { code?: unknown }).code);
}
