import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { type MessageStream, receivedField, type Session } from 'nestjs-smtp';

/** Keeps each message as a file that a mail program can open. */
@Injectable()
export class MailFolder {
  readonly path = process.env['MAIL_DIR'] ?? 'mails';

  /** Resolves with the id when the message is on disk. A client that goes in the middle leaves nothing. */
  async save(message: MessageStream, session: Session): Promise<string> {
    const id = randomUUID();
    const unfinished = join(this.path, `${id}.part`);
    await mkdir(this.path, { recursive: true });
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.write(receivedField(session, { id }));
      for await (const chunk of message) await file.writeFile(chunk as Buffer);
      await file.sync();
      await file.close();
      await rename(unfinished, join(this.path, `${id}.eml`));
      return id;
    } catch (error) {
      await file.close();
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}
