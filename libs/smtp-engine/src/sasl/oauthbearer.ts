import { OAuthBearerAuth } from './credentials.js';
import { readGs2Header } from './gs2.js';
import { EMPTY_CHALLENGE, type Mechanism, readText, SaslSyntaxError } from './mechanism.js';

const SEPARATOR = '\u0001';
/** RFC 7628 §3.1: kvpair; the values are printable ASCII, tabs and line breaks. */
const PAIR = /^([A-Za-z]+)=([\t\n\r -~]*)$/;
/** RFC 6750 §2.1: b64token. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const INVALID_TOKEN = { status: 'invalid_token' };

/** OAUTHBEARER (RFC 7628 §3.1): `n,a=user,^Aauth=Bearer token^A^A`; a refusal is JSON first, which the client answers. */
export const oauthBearer: Mechanism = {
  name: 'OAUTHBEARER',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const { flag, authzid, message } = readGs2Header(readText(yield EMPTY_CHALLENGE));
    if (flag === 'p') throw new SaslSyntaxError('OAUTHBEARER knows no channel binding');
    const token = BEARER.exec(readPairs(message).get('auth') ?? '')?.[1];
    if (token === undefined) throw new SaslSyntaxError('OAUTHBEARER takes auth=Bearer');
    return new OAuthBearerAuth(authzid, token);
  },
  failureChallenge: (details = INVALID_TOKEN) => Buffer.from(JSON.stringify(details)),
};

function readPairs(message: string): ReadonlyMap<string, string> {
  if (!message.startsWith(SEPARATOR) || !message.endsWith(SEPARATOR + SEPARATOR)) {
    throw new SaslSyntaxError('key-value pairs stand between separators');
  }
  const pairs = new Map<string, string>();
  for (const text of message.slice(1, -2).split(SEPARATOR)) {
    const [, key, value = ''] = PAIR.exec(text) ?? [];
    // RFC 7628 §3.1 has no rule for a key that comes twice; two tokens are not for us to choose from.
    if (key === undefined || pairs.has(key)) throw new SaslSyntaxError('a key-value pair is malformed');
    pairs.set(key, value);
  }
  return pairs;
}
