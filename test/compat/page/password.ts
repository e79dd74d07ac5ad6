import { SMTPServer } from 'smtp-server';

const account = { name: 'printer', secret: 'toner' };

/** One account, and a secret for it. */
export const server = new SMTPServer({
  authMethods: ['PLAIN', 'LOGIN'],
  logger: false,
  onAuth({ username, password }, _session, callback) {
    if (username !== account.name || password !== account.secret) {
      return callback(new Error('Wrong name or password'));
    }
    callback(null, { user: username });
  },
});
