import { Injectable } from '@nestjs/common';

/** What a mailbox may hold, in octets. */
const QUOTA = 1024;

export class MailboxFull extends Error {
  override readonly name = 'MailboxFull';
}

/** The mailboxes of this machine, in memory. */
@Injectable()
export class Mailboxes {
  private readonly boxes = new Map<string, Buffer[]>([
    ['ann@example.com', []],
    ['bob@example.com', [Buffer.alloc(QUOTA)]],
  ]);

  has(address: string): boolean {
    return this.boxes.has(address.toLowerCase());
  }

  messagesOf(address: string): readonly Buffer[] {
    return this.boxes.get(address.toLowerCase()) ?? [];
  }

  /** @throws MailboxFull */
  deliver(address: string, message: Buffer): void {
    const box = this.boxes.get(address.toLowerCase());
    const held = box?.reduce((sum, { length }) => sum + length, 0) ?? 0;
    if (box === undefined || held + message.length > QUOTA) throw new MailboxFull(address);
    box.push(message);
  }
}
