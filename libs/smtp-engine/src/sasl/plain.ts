import { PlainAuth } from './credentials.js';
import { EMPTY_CHALLENGE, type Mechanism, SaslSyntaxError } from './mechanism.js';

/** PLAIN (RFC 4616 §2): `[authzid] NUL authcid NUL passwd`. */
export const plain: Mechanism = {
  name: 'PLAIN',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const response = yield EMPTY_CHALLENGE;
    const parts = response.toString('utf8').split('\0');
    const [authzid = '', authcid = '', password = ''] = parts;
    const username = authcid || authzid;
    if (parts.length !== 3 || username === '') throw new SaslSyntaxError('PLAIN takes authzid NUL authcid NUL passwd');
    return new PlainAuth(username, password, authcid, authzid);
  },
};
