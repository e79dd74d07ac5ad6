import { SaslSyntaxError } from './mechanism.js';

/** What RFC 5801 §4 puts before the message of a mechanism. */
export interface Gs2Header {
  /** `n`: the client knows no channel binding; `y`: it does, but thinks the server does not; `p`: it uses one. */
  readonly flag: 'n' | 'y' | 'p';
  /** With `p`: the type of the channel binding. */
  readonly binding: string | undefined;
  readonly authzid: string;
  /** The header as it came, both commas included. */
  readonly raw: string;
  /** The rest of the message. */
  readonly message: string;
}

const HEADER = /^(?:([ny])|p=([A-Za-z0-9.-]+)),(?:a=([^,\p{Cc}]+))?,/u;

/**
 * Reads a gs2-header (RFC 5801 §4, RFC 5802 §7).
 *
 * @throws SaslSyntaxError
 */
export function readGs2Header(text: string): Gs2Header {
  const match = HEADER.exec(text);
  if (match === null) throw new SaslSyntaxError('the message does not begin with a gs2-header');
  const [raw, flag, binding, authzid] = match;
  return {
    flag: (flag as 'n' | 'y' | undefined) ?? 'p',
    binding,
    authzid: authzid === undefined ? '' : readSaslName(authzid),
    raw,
    message: text.slice(raw.length),
  };
}

/**
 * Undoes the escapes of a saslname (RFC 5801 §4): `=2C` is a comma, `=3D` an equals sign, and no other `=` may be there.
 *
 * @throws SaslSyntaxError
 */
export function readSaslName(escaped: string): string {
  if (/=(?!2C|3D)/.test(escaped)) throw new SaslSyntaxError('= in a name is written =3D, and a comma =2C');
  return escaped.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
