import type { X509Certificate } from 'node:crypto';
import type { Credentials } from './credentials.js';
import type { ScramDecoys } from './scram-decoys.js';
import type { ScramQuery, ScramSecret } from './scram-keys.js';

/** What a mechanism may know of its surroundings: values and functions, no session and no socket. */
export interface SaslContext {
  /** The server's own name, for challenges. */
  readonly serverName: string;
  /** The channel binding data of a type of RFC 5056; undefined where the connection has none of that type. */
  channelBinding(type: string): Buffer | undefined;
  /** The certificate of the client that TLS has verified. */
  readonly clientCertificate: X509Certificate | undefined;
  /** Asks the application for a user's SCRAM secret; undefined where it has none to give. */
  readonly secret: ((query: ScramQuery) => Promise<ScramSecret | null>) | undefined;
  /** An empty password is for the application to judge (docs/quirks.md#empty-passwords). */
  readonly allowsEmptyPassword: boolean;
  /** Stand-ins for the secrets of users that do not exist. */
  readonly decoys: ScramDecoys;
  /** Whether the client could have used another mechanism here: a client that thinks otherwise was misled. */
  offers(mechanism: string): boolean;
  /** Printable text without a comma that nobody can foretell. Tests with fixed dialogues put their own here. */
  nonce(): string;
}

/** What a mechanism cannot do without: a session that has it is offered the mechanism. */
export type Requirement = 'channel-binding' | 'client-certificate' | 'secret';

/** The client's response does not have the form of the mechanism. */
export class SaslSyntaxError extends Error {
  override readonly name = 'SaslSyntaxError';
}

/** The mechanism itself has found the client's proof wrong: the application is not asked. */
export class SaslFailure extends Error {
  override readonly name = 'SaslFailure';

  constructor(
    /** Whom the client wanted to log in as. */
    readonly username: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A SASL mechanism (RFC 4422 §5). `exchange` is a generator: it yields a challenge, receives the response to it, and
 * returns the credentials. Of SMTP, of base64 around challenges and of who stores users it knows nothing. A mechanism
 * that has to wait (for a secret, for a key) is an async generator.
 *
 * Then the application decides. Where it says no, `failureChallenge` may go before the refusal; where it says yes,
 * `successChallenge` goes before the acceptance. The client answers either, mostly with nothing.
 */
export interface Mechanism {
  /** In capitals. */
  readonly name: string;
  /** The password or token itself crosses the wire. */
  readonly cleartext: boolean;
  /** The client may send its first response together with the mechanism's name. */
  readonly clientFirst: boolean;
  /** Without these the mechanism can never succeed, so it is not offered. */
  readonly requires?: readonly Requirement[];
  /**
   * @throws SaslSyntaxError for a response of another form
   * @throws SaslFailure for a response that is wrong
   */
  exchange(context: SaslContext): Generator<Buffer, Credentials, Buffer> | AsyncGenerator<Buffer, Credentials, Buffer>;
  /** The last challenge before the refusal, where the mechanism has one; `details` is what the application gave. */
  failureChallenge?(details: Readonly<Record<string, unknown>> | undefined): Buffer;
  /**
   * The last challenge before the acceptance, where the mechanism has one.
   *
   * @throws Error where the application accepted what it has not checked
   */
  successChallenge?(credentials: Credentials): Buffer;
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
