import { SMTPServer } from 'smtp-server';

/** Stands for the provider that tells whose token it is. */
async function ownerOf(token: string): Promise<{ email: string; name: string }> {
  if (token.startsWith('ya-')) return { email: `${token.slice(3)}@club.example`, name: token.slice(3) };
  throw new Error('This token is unknown');
}

export const users: unknown[] = [];

/** Tokens only. */
export const server = new SMTPServer({
  authMethods: ['XOAUTH2'],
  logger: false,
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- as people write it, and await everything inside
  async onAuth(auth, _session, callback) {
    try {
      const owner = await ownerOf(auth.accessToken ?? '');
      if (owner.email === auth.username) return callback(null, { user: owner });
      callback(null, { data: { status: '401', schemes: 'bearer', scope: 'https://club.example/mail' } });
    } catch (error) {
      callback(error as Error);
    }
  },
  onData(stream, session, callback) {
    users.push(session.user);
    stream.resume();
    stream.on('end', () => callback());
  },
});
