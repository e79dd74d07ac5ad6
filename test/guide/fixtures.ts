import { Injectable } from '@nestjs/common';
import { type Envelope, type MessageStream, selfSignedCertificate } from 'nestjs-smtp';

/** What the examples of the guide take for granted of an application. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

const USERS: readonly User[] = [
  { id: 1, name: 'alice', email: 'alice@example.com', password: 'secret' },
  { id: 2, name: 'bob', email: 'bob@example.com', password: 'hunter2' },
];

@Injectable()
export class UsersService {
  async findByEmail(email: string): Promise<User | undefined> {
    if (email === 'broken@example.com') throw new Error('database is down');
    return USERS.find((user) => user.email === email);
  }

  /** By name or address. */
  async verify(username: string, password: string): Promise<User | null> {
    const user = USERS.find(({ name }) => name === username) ?? (await this.findByEmail(username));
    return user?.password === password ? user : null;
  }
}

@Injectable()
export class TokenService {
  /** Who a token belongs to; throws for one that is not good. */
  async verify(token: string): Promise<{ email: string; name: string }> {
    if (token !== 'good-token') throw new Error('unknown token');
    return { email: 'alice@example.com', name: 'Alice' };
  }
}

export interface StoredMail {
  readonly user: unknown;
  readonly recipients: readonly string[];
  readonly text: string;
}

@Injectable()
export class InboxService {
  readonly mails: StoredMail[] = [];

  /** Ids begin with 42. */
  async save(user: unknown, envelope: Envelope, message: MessageStream): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const recipients = envelope.rcptTo.map(({ address }) => address);
    return this.mails.push({ user, recipients, text: Buffer.concat(chunks).toString() }) + 41;
  }
}

@Injectable()
export class MailboxesService {
  async exists(address: string): Promise<boolean> {
    return ['alice@example.com', 'bob@example.com'].includes(address);
  }
}

export const { key, cert } = await selfSignedCertificate(['localhost']);

/** What the README of smtp-engine does with a message. */
export const archived: { recipients: readonly string[]; octets: number }[] = [];

export function archive(envelope: Envelope, chunk: Buffer): void {
  archived.push({ recipients: envelope.rcptTo.map(({ address }) => address), octets: chunk.length });
}
