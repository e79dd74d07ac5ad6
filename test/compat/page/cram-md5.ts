import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

interface Account {
  id: number;
  address: string;
  secret: string;
}

/** Stands for a table of a database. */
async function findAccount(address: string): Promise<Account | undefined> {
  await sleep(5);
  if (address === 'crash@shop.example') throw new Error('Accounts cannot be looked up now');
  return [{ id: 3, address: 'till@shop.example', secret: 'drawer' }].find((account) => account.address === address);
}

export const users: unknown[] = [];

/** A challenge for those who can, passwords for all others. */
export const server = new SMTPServer({
  authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
  logger: false,
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- as people write it, and await everything inside
  async onAuth(auth, _session, callback) {
    try {
      const account = await findAccount(auth.username ?? '');
      if (account === undefined) return callback(null, { message: 'There is no such account' });
      const isRight =
        auth.method === 'CRAM-MD5' ? auth.validatePassword(account.secret) : auth.password === account.secret;
      if (!isRight) return callback(null, { message: 'Wrong secret' });
      callback(null, { user: { id: account.id, email: account.address } });
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
