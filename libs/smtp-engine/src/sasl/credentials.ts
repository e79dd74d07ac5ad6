import { createHmac, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { AuthCredentials } from './auth-credentials.js';
import type { ScramAuth } from './scram-auth.js';

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
    const expected = Buffer.from(createHmac('md5', password).update(this.challenge).digest('hex'));
    const given = Buffer.from(this.challengeResponse);
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

/** OAUTHBEARER (RFC 7628). The client need not name a user: `username` is `''` then, and the token says who it is. */
export class OAuthBearerAuth extends AuthCredentials {
  readonly method = 'OAUTHBEARER';

  constructor(
    authzid: string,
    readonly accessToken: string,
  ) {
    super(authzid, '', authzid);
  }
}

/** EXTERNAL (RFC 4422 appendix A): who the client is, TLS has found out. */
export class ExternalAuth extends AuthCredentials {
  readonly method = 'EXTERNAL';

  constructor(
    /** The certificate's first e-mail address, else its common name. */
    authcid: string,
    authzid: string,
    /** The client's certificate, verified. */
    readonly certificate: X509Certificate,
  ) {
    super(authcid, authcid, authzid);
  }
}

/** ANONYMOUS (RFC 4505): a guest. */
export class AnonymousAuth extends AuthCredentials {
  readonly method = 'ANONYMOUS';

  constructor(
    /** What the guest said of itself, an address perhaps: for the log, and proof of nothing. */
    readonly trace: string,
  ) {
    super('anonymous');
  }
}

/** The LOGIN attribute of an XCLIENT command from a trusted proxy. It is no SASL mechanism and has no password. */
export class XClientAuth extends AuthCredentials {
  readonly method = 'XCLIENT';
  readonly password = null;
}

/** Everything `backend.auth()` may be given: a union by `method`. */
export type Credentials =
  | PlainAuth
  | LoginAuth
  | CramMd5Auth
  | ScramAuth
  | XOAuth2Auth
  | OAuthBearerAuth
  | ExternalAuth
  | AnonymousAuth
  | XClientAuth;
