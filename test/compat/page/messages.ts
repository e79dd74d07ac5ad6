import { SMTPServer } from 'smtp-server';

/** Words of one's own. */
export const server = new SMTPServer({
  authRequiredMessage: 'Log in before you send, please',
  logger: false,
  onAuth({ username, password }, _session, callback) {
    if (password !== 'open sesame') {
      return callback(null, { message: 'Neither name nor password will do', responseCode: 535 });
    }
    callback(null, { user: username });
  },
});
