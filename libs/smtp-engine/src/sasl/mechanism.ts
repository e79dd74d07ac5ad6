import type { Credentials } from './credentials.js';

/** What a mechanism may know of its surroundings. */
export interface SaslContext {
  /** The server's own name, for challenges. */
  readonly serverName: string;
}

/** The client's response does not have the form of the mechanism. */
export class SaslSyntaxError extends Error {
  override readonly name = 'SaslSyntaxError';
}

/**
 * A SASL mechanism (RFC 4422 §5). `exchange` is a generator: it yields a challenge, receives the response to it, and
 * returns the credentials. Of SMTP, of base64 and of users it knows nothing.
 */
export interface Mechanism {
  /** In capitals. */
  readonly name: string;
  /** The password or token itself crosses the wire. */
  readonly cleartext: boolean;
  /** The client may send its first response together with the mechanism's name. */
  readonly clientFirst: boolean;
  /** @throws SaslSyntaxError for a response of another form */
  exchange(context: SaslContext): Generator<Buffer, Credentials, Buffer>;
  /** The last challenge before the refusal, where the mechanism has one; `details` is what the application gave. */
  failureChallenge?(details: Readonly<Record<string, unknown>> | undefined): Buffer;
}

/** The challenge of a mechanism that has nothing to say first. */
export const EMPTY_CHALLENGE = Buffer.alloc(0);

/**
 * A response as text.
 *
 * @throws SaslSyntaxError for octets that are no UTF-8: unlike passwords must not become the same text
 */
export function readText(response: Buffer): string {
  const text = response.toString('utf8');
  if (text.includes('\ufffd')) throw new SaslSyntaxError('the response is not UTF-8');
  return text;
}
