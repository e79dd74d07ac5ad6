import { randomBytes } from 'node:crypto';
import { CramMd5Auth } from './credentials.js';
import { type Mechanism, readText, SaslSyntaxError } from './mechanism.js';

const RESPONSE = /^(.+) ([0-9a-f]{32})$/is;

/** CRAM-MD5 (RFC 2195 §2): the challenge is unpredictable and never used twice. */
export const cramMd5: Mechanism = {
  name: 'CRAM-MD5',
  cleartext: false,
  clientFirst: false,
  *exchange({ serverName }) {
    const unique = `${randomBytes(16).toString('hex')}.${Math.floor(Date.now() / 1000)}`;
    const challenge = `<${unique}@${serverName}>`;
    const response = RESPONSE.exec(readText(yield Buffer.from(challenge)));
    if (response === null) throw new SaslSyntaxError('CRAM-MD5 takes a user name, a blank and 32 hexadecimal digits');
    return new CramMd5Auth(response[1]!, challenge, response[2]!.toLowerCase());
  },
};
