import { createHmac, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** The fields that a log, an error or JSON never shows. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['password', 'accessToken', 'challengeResponse']);

/** What a finished authentication exchange yields. Secrets are hidden from `util.inspect`, `console.log` and JSON. */
export abstract class AuthCredentials {
  /** The SASL mechanism in capitals, or `XCLIENT`. */
  abstract readonly method: string;

  constructor(
    /** Who wants to log in: the authentication identity, else the authorization identity. */
    readonly username: string,
    /** Authentication identity (RFC 4422 §2): whose password this is. */
    readonly authcid: string = username,
    /** Authorization identity (RFC 4422 §2): whom the client wants to act as; `''` where it did not say. */
    readonly authzid: string = '',
  ) {}

  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this).filter(([field]) => !SECRET_FIELDS.has(field)));
  }

  [inspect.custom](): string {
    return `${this.constructor.name} ${inspect(this.toJSON())}`;
  }
}

/** Credentials with a clear-text password: PLAIN and LOGIN. To be extended by applications, so it leaves nothing abstract. */
export abstract class PasswordAuth extends AuthCredentials {
  declare readonly method: 'PLAIN' | 'LOGIN';

  constructor(
    username: string,
    readonly password: string,
    authcid: string = username,
    authzid: string = '',
  ) {
    super(username, authcid, authzid);
  }
}

/** PLAIN (RFC 4616). */
export class PlainAuth extends PasswordAuth {
  override readonly method = 'PLAIN';
}

/** LOGIN: never a standard, still what many printers and Outlook speak. */
export class LoginAuth extends PasswordAuth {
  override readonly method = 'LOGIN';
}

/** CRAM-MD5 (RFC 2195): a keyed digest over the server's challenge. */
export class CramMd5Auth extends AuthCredentials {
  readonly method = 'CRAM-MD5';

  constructor(
    username: string,
    /** What the server sent, `<random.time@name>`. */
    readonly challenge: string,
    /** The client's digest: 32 hexadecimal digits. */
    readonly challengeResponse: string,
  ) {
    super(username);
  }

  /** Whether the response was made with this password; compared in constant time. */
  validatePassword(password: string): boolean {
    const expected = createHmac('md5', password).update(this.challenge).digest();
    const given = Buffer.from(this.challengeResponse, 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

/** XOAUTH2 (Google's and Microsoft's bearer token mechanism). */
export class XOAuth2Auth extends AuthCredentials {
  readonly method = 'XOAUTH2';

  constructor(
    username: string,
    readonly accessToken: string,
  ) {
    super(username);
  }
}

/** The LOGIN attribute of an XCLIENT command from a trusted proxy. It is no SASL mechanism and has no password. */
export class XClientAuth extends AuthCredentials {
  readonly method = 'XCLIENT';
  readonly password = null;
}

/** Everything `backend.auth()` may be given: a union by `method`. */
export type Credentials = PlainAuth | LoginAuth | CramMd5Auth | XOAuth2Auth | XClientAuth;
