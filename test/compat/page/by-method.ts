import { SMTPServer } from 'smtp-server';

interface Member {
  nick: string;
}

async function byPassword(nick: string, password: string): Promise<Member> {
  if (password !== `${nick}-pass`) throw new Error('Password refused');
  return { nick };
}

async function byChallenge(nick: string, fits: (password: string) => boolean): Promise<Member> {
  if (!fits(`${nick}-pass`)) throw new Error('Answer refused');
  return { nick };
}

async function byToken(nick: string, token: string): Promise<Member> {
  if (token !== `${nick}-token`) throw new Error('Token refused');
  return { nick };
}

export const members: unknown[] = [];

/** A way of its own for each kind of login. */
export const server = new SMTPServer({
  authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
  logger: false,
  onAuth(auth, _session, callback) {
    const { username = '', password, accessToken = '' } = auth;
    const welcome = (user: Member): void => callback(null, { user });
    switch (auth.method) {
      case 'PLAIN':
      case 'LOGIN':
        return void byPassword(username, password ?? '')
          .then(welcome)
          .catch(callback);
      case 'CRAM-MD5':
        return void byChallenge(username, auth.validatePassword).then(welcome).catch(callback);
      case 'XOAUTH2':
        return void byToken(username, accessToken).then(welcome).catch(callback);
      default:
        callback(new Error('No way to log in like this'));
    }
  },
  onData(stream, session, callback) {
    members.push(session.user);
    stream.resume();
    stream.on('end', () => callback());
  },
});
