import { PlainAuth } from './credentials.js';
import { EMPTY_CHALLENGE, type Mechanism, readText, SaslSyntaxError } from './mechanism.js';

/** PLAIN (RFC 4616 §2): `[authzid] NUL authcid NUL passwd`. */
export const plain: Mechanism = {
  name: 'PLAIN',
  cleartext: true,
  clientFirst: true,
  *exchange({ allowsEmptyPassword }) {
    const parts = readText(yield EMPTY_CHALLENGE).split('\0');
    const [authzid = '', authcid = '', password = ''] = parts;
    const username = authcid || authzid;
    // RFC 4616 §2: passwd = 1*SAFE. Many a directory takes a login without a password for an anonymous one.
    if (parts.length !== 3 || username === '' || (password === '' && !allowsEmptyPassword)) {
      throw new SaslSyntaxError('PLAIN takes authzid NUL authcid NUL passwd');
    }
    return new PlainAuth(username, password, authcid, authzid);
  },
};
