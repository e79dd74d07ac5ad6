import { LoginAuth } from './credentials.js';
import { type Mechanism, SaslSyntaxError } from './mechanism.js';

const USERNAME = Buffer.from('Username:');
const PASSWORD = Buffer.from('Password:');

/** LOGIN (draft-murchison-sasl-login): two questions. Some clients send the user name along with the mechanism. */
export const login: Mechanism = {
  name: 'LOGIN',
  cleartext: true,
  clientFirst: true,
  *exchange() {
    const username = (yield USERNAME).toString('utf8');
    if (username === '') throw new SaslSyntaxError('LOGIN needs a user name');
    const password = (yield PASSWORD).toString('utf8');
    return new LoginAuth(username, password);
  },
};
