import {
  type Backend,
  type Credentials,
  type ForwardPath,
  type ListenerOptions,
  type MessageStream,
  type Session,
  SmtpServer,
} from 'smtp-engine';
import { cert } from './fixtures.js';

/** What the examples of smtp-engine take for granted: users, mailboxes and a place to store messages. */
export interface Sender {
  readonly name: string;
  readonly maySend: boolean;
}

export const users = {
  async verify(username: string, password: string): Promise<Sender | null> {
    return username === 'alice' && password === 'secret' ? { name: 'alice', maySend: true } : null;
  },
  async byToken(token: string): Promise<Sender | null> {
    return token.endsWith('-token') ? { name: 'alice', maySend: token === 'good-token' } : null;
  },
};

/** Lets everybody in. */
export const login = ({ username }: Credentials): { name: string } => ({ name: username });

export const password = 'pencil';
export const companyCa = cert;

/** Each mailbox changed hands in 2020. */
export const mailboxes = {
  async find(_address: string): Promise<{ since: Date }> {
    return { since: new Date('2020-01-01T00:00:00Z') };
  },
};

export async function spool(message: MessageStream): Promise<Buffer> {
  return Buffer.concat((await message.toArray()) as Buffer[]);
}

/** Bob's mailbox is full. */
export async function deliver(_copy: Buffer, { localPart }: ForwardPath): Promise<void> {
  if (localPart === 'bob') throw new Error('the quota is used up');
}

/** Octets of the messages of each tenant. */
export const stored = new Map<unknown, number>();

export async function store(tenant: unknown, message: MessageStream): Promise<void> {
  stored.set(tenant, (await spool(message)).length);
}

export const logged: string[] = [];
export const log = { info: (line: string): void => void logged.push(line) };

export const options = { allowInsecureAuth: true, recipients: 'any' } as const;
export const sessions: Session[] = [];
export const backend: Backend = {
  connect: (session) => void sessions.push(session),
  rcpt: () => true,
  data: async (message) => void (await spool(message)),
};

/** Listens to this machine only. */
class LoopbackServer extends SmtpServer {
  override listen(listener: ListenerOptions = {}): ReturnType<SmtpServer['listen']> {
    return super.listen(listener.path === undefined ? { host: '127.0.0.1', ...listener } : listener);
  }
}

export const server = new LoopbackServer({ name: 'mail.example.com', authOptional: true, recipients: 'any' }, backend);
