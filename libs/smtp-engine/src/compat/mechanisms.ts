import { randomBytes } from 'node:crypto';
import { SmtpError } from '../reply.js';
import { CramMd5Auth, LoginAuth, PlainAuth, XOAuth2Auth } from '../sasl/credentials.js';
import { EMPTY_CHALLENGE, type Mechanism, readText, SaslSyntaxError } from '../sasl/mechanism.js';
import type { Wording } from './replies.js';

// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/** The mechanisms of smtp-server, which leave more to onAuth than the engine's: names and proofs of whatever shape. */
export function laxMechanisms(wording: Wording): readonly Mechanism[] {
  return [plain, loginOf(wording), cramMd5, xoauth2];
}

const plain: Mechanism = {
  name: 'PLAIN',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const parts = readText(yield EMPTY_CHALLENGE).split('\0');
    const [authzid = '', authcid = '', password = ''] = parts;
    if (parts.length !== 3) throw new SaslSyntaxError('PLAIN takes authzid NUL authcid NUL passwd');
    return new PlainAuth(authcid || authzid, password, authcid, authzid);
  },
};

const loginOf = (wording: Wording): Mechanism => ({
  name: 'LOGIN',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const username = readText(yield Buffer.from('Username:'));
    if (username === '') throw new SmtpError(wording.reply(501, 'Error: missing username'));
    if (CONTROL_CHARACTER.test(username)) throw new SaslSyntaxError('the user name has control characters');
    return new LoginAuth(username, readText(yield Buffer.from('Password:')));
  },
});

const cramMd5: Mechanism = {
  name: 'CRAM-MD5',
  cleartext: false,
  clientFirst: false,
  *exchange({ serverName }) {
    const unique = `${randomBytes(16).toString('hex')}.${Math.floor(Date.now() / 1000)}`;
    const challenge = `<${unique}@${serverName}>`;
    const [username = '', response = ''] = readText(yield Buffer.from(challenge)).split(' ');
    return new CramMd5Auth(username, challenge, response.toLowerCase());
  },
};

const xoauth2: Mechanism = {
  name: 'XOAUTH2',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const fields = readText(yield EMPTY_CHALLENGE)
      .split('\u0001')
      .map((field) => /^([^=]*)=?(.*)$/s.exec(field)!)
      .map(([, key = '', value = '']) => [key.toLowerCase(), value.trim()] as const);
    const username = fields.findLast(([key]) => key === 'user')?.[1];
    const token = fields.map(([key, value]) => (key === 'auth' ? bearerToken(value) : undefined)).findLast(Boolean);
    if (!username || !token) throw new SaslSyntaxError('XOAUTH2 takes user= and auth=Bearer');
    return new XOAuth2Auth(username, token);
  },
  failureChallenge: (details = {}) => Buffer.from(JSON.stringify(details)),
};

function bearerToken(value: string): string | undefined {
  const [scheme = '', ...words] = value.split(/\s+/);
  return scheme.toLowerCase() === 'bearer' ? words.join(' ') : undefined;
}
