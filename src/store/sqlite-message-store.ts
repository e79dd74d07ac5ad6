import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { BlobFolder } from './blob-folder.js';
import { BlobFile } from './blob-folder.js';
import { StoreClosedError, StoreStoppedError } from './failure.js';
import { takeIn } from './mail-intake.js';
import type { Intake } from './mail-intake.js';
import { MessageIds } from './message-ids.js';
import { MessageStore, StorageFullError } from './message-store.js';
import type { MessageOrigin, MessageQuery, MessageSummary } from './message-store.js';
import type { DatabaseThread } from './sqlite/database-thread.js';

/** Counted since the start. */
export interface StoreStats {
  readonly accepted: number;
  /** Transactions that kept messages; under load far fewer than messages. */
  readonly commits: number;
}

/** Messages in the embedded database; large bodies in files, which are durable before their row is. */
export class SqliteMessageStore extends MessageStore {
  private readonly logger = new Logger(MessageStore.name);
  private readonly listeners = new Set<(message: MessageSummary) => void>();
  private readonly accepting = new Set<Promise<unknown>>();
  private accepted = 0;
  private checking: Promise<void> | undefined;
  private closed = false;

  private constructor(
    private readonly database: DatabaseThread,
    private readonly blobs: BlobFolder,
    private readonly ids: MessageIds,
  ) {
    super();
  }

  /** Takes the store into use, after removing what an earlier process left half done. */
  static async open(database: DatabaseThread, blobs: BlobFolder): Promise<SqliteMessageStore> {
    await blobs.sweep((ids) => database.call('unknownIds', ids));
    return new SqliteMessageStore(database, blobs, new MessageIds(await database.call('newestId')));
  }

  override async accept(body: Readable, origin: MessageOrigin, trace: string): Promise<MessageSummary> {
    this.refuseWhenUnusable();
    const accepting = this.keep(body, origin, trace);
    this.accepting.add(accepting);
    try {
      return await accepting;
    } catch (error) {
      if (error instanceof StoreStoppedError) this.database.stop(error);
      throw error;
    } finally {
      this.accepting.delete(accepting);
    }
  }

  override list(query: MessageQuery): Promise<MessageSummary[]> {
    return this.database.call('list', query);
  }

  override find(id: string): Promise<MessageSummary | undefined> {
    return this.database.call('find', id);
  }

  override async open(id: string): Promise<Readable | undefined> {
    const body = await this.database.call('readBody', id);
    if (!body) return undefined;
    return body.in === 'blob' ? this.blobs.open(id) : Readable.from([body.bytes], { objectMode: false });
  }

  /** Commits one small row. Those who ask at the same time share it: asking often costs no more syncs. */
  override async check(): Promise<void> {
    this.refuseWhenUnusable();
    this.checking ??= this.database.call('check').finally(() => {
      this.checking = undefined;
    });
    await this.checking;
  }

  override onAccepted(listener: (message: MessageSummary) => void): () => void {
    // A function of its own for each call, so that one listener may be registered twice.
    const entry = (message: MessageSummary): void => listener(message);
    this.listeners.add(entry);
    return () => this.listeners.delete(entry);
  }

  async stats(): Promise<StoreStats> {
    return { accepted: this.accepted, commits: await this.database.call('commits') };
  }

  /** Takes no more messages and waits for those under way; the database stays open. May be called twice. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.accepting);
  }

  private async keep(body: Readable, origin: MessageOrigin, trace: string): Promise<MessageSummary> {
    const intake = await takeIn(body, trace, this.blobs);
    const summary = this.summarize(intake, origin);
    if (intake.content instanceof BlobFile) await this.keepBlob(intake.content, summary);
    else await this.database.keep({ summary, body: intake.content });
    this.accepted += 1;
    this.announce(summary);
    return summary;
  }

  private announce(summary: MessageSummary): void {
    for (const listener of this.listeners) {
      try {
        listener(summary);
      } catch (error) {
        // The message is kept, whatever a listener makes of it: the client must hear so.
        this.logger.error('A listener for accepted messages failed', error);
      }
    }
  }

  private async keepBlob(file: BlobFile, summary: MessageSummary): Promise<void> {
    try {
      await file.keep(summary.id);
    } catch (error) {
      await file.discard();
      await this.blobs.discard(summary.id);
      throw error;
    }
    try {
      await this.database.keep({ summary, body: null });
    } catch (error) {
      // Without room the row was rolled back for certain. Otherwise it may be there: the next start knows.
      if (error instanceof StorageFullError) await this.blobs.discard(summary.id);
      throw error;
    }
  }

  private summarize({ size, header }: Intake, origin: MessageOrigin): MessageSummary {
    // When the mail is complete, not when it began: ids are in the order of arrival whatever the speed of the client.
    return {
      id: this.ids.next(),
      receivedAt: new Date(),
      user: origin.user,
      authMethod: origin.authMethod,
      secure: origin.secure,
      tls: origin.tls,
      remoteAddress: origin.remoteAddress,
      clientName: origin.clientName,
      mailFrom: origin.mailFrom,
      rcptTo: [...origin.rcptTo],
      subject: header.subject,
      from: header.from,
      size,
    };
  }

  private refuseWhenUnusable(): void {
    if (this.database.stopReason) throw this.database.stopReason;
    if (this.closed) throw new StoreClosedError('The store is closed');
  }
}
