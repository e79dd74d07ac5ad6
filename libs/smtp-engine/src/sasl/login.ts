import { LoginAuth } from './credentials.js';
import { type Mechanism, readText, SaslSyntaxError } from './mechanism.js';

const USERNAME = Buffer.from('Username:');
const PASSWORD = Buffer.from('Password:');

/** LOGIN (draft-murchison-sasl-login): two questions. Some clients send the user name along with the mechanism. */
export const login: Mechanism = {
  name: 'LOGIN',
  cleartext: true,
  clientFirst: true,
  *exchange({ allowsEmptyPassword }) {
    const username = readText(yield USERNAME);
    if (username === '') throw new SaslSyntaxError('LOGIN needs a user name');
    const password = readText(yield PASSWORD);
    if (password === '' && !allowsEmptyPassword) throw new SaslSyntaxError('LOGIN needs a password');
    return new LoginAuth(username, password);
  },
};
