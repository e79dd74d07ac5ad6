import { inspect } from 'node:util';

/** The fields that a log, an error or JSON never shows. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['password', 'accessToken', 'challengeResponse', 'proof']);

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

  /** @internal The decision has been made: overwrites the octets it holds. Strings cannot be overwritten. */
  wipe(): void {
    // most have strings only
  }
}
