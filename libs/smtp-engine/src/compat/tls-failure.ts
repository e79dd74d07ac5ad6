import type { Session } from '../session/session.js';

/** Codes of a client that has gone: smtp-server says nothing of them outside of a transaction. */
const QUIET: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
const CLIENT_ALERT = /SSL[23]*_GET_CLIENT_HELLO|ssl[23]*_read_bytes|ssl_bytes_to_cipher_list/i;

/** An error of the event `error` that tells of a handshake, with smtp-server's fields. */
interface TlsFailure extends Error {
  code?: string;
  responseCode?: number;
  report?: boolean;
  meta?: object;
  remoteAddress?: string;
}

/** What the event `error` gets of a handshake that failed; undefined where it failed otherwise, or there is no event. */
export function tlsFailure(error: unknown, session: Session): Error | undefined {
  const { conversation, options, remoteAddress } = session;
  if (conversation.isHeaderDue || !conversation.isMute) return undefined;
  const { code } = error as TlsFailure;
  if (!options.secure && (code === undefined || QUIET.has(code))) return undefined;
  const failure = code === undefined ? closed() : (error as TlsFailure);
  const meta = { tlsProtocol: null, protocol: 'smtp', stage: 'connect', ...(options.secure && { remoteAddress }) };
  if (!options.secure) failure.remoteAddress = remoteAddress;
  failure.meta = CLIENT_ALERT.test(failure.message) ? { ...meta, message: reword(failure) } : meta;
  return failure;
}

function closed(): TlsFailure {
  const message = 'Socket closed while initiating TLS';
  return Object.assign(new Error(message), { responseCode: 500, code: 'SocketError', report: false });
}

/** Gives what OpenSSL said. */
function reword(failure: TlsFailure): string {
  const { message } = failure;
  failure.message = 'Failed to establish TLS session';
  failure.responseCode = 500;
  return message;
}
