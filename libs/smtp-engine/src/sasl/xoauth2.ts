import { XOAuth2Auth } from './credentials.js';
import { EMPTY_CHALLENGE, type Mechanism, readText, SaslSyntaxError } from './mechanism.js';

const FIELD_SEPARATOR = '\u0001';
const BEARER = /^auth=Bearer +(\S+)$/i;
const INVALID_TOKEN = { status: '401', schemes: 'bearer', scope: 'https://mail.google.com/' };

/** XOAUTH2 (Google's and Microsoft's, before RFC 7628): `user=…^Aauth=Bearer token^A^A`. */
export const xoauth2: Mechanism = {
  name: 'XOAUTH2',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const fields = readText(yield EMPTY_CHALLENGE).split(FIELD_SEPARATOR);
    const user = fields.find((field) => field.startsWith('user='))?.slice('user='.length);
    const token = fields.map((field) => BEARER.exec(field)?.[1]).find((found) => found !== undefined);
    if (!user || token === undefined) throw new SaslSyntaxError('XOAUTH2 takes user= and auth=Bearer');
    return new XOAuth2Auth(user, token);
  },
  failureChallenge: (details = INVALID_TOKEN) => Buffer.from(JSON.stringify(details)),
};
