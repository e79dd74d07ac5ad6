import { SMTPServer, type SMTPServerAuthentication } from 'smtp-server';

/** What each login was handed to the handler as. */
export const seen: SMTPServerAuthentication[] = [];

export const server = new SMTPServer({
  authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
  useXClient: true,
  logger: false,
  onAuth(auth, session, callback) {
    seen.push(auth);
    callback(null, { user: `${auth.username} at ${session.remoteAddress}` });
  },
});
