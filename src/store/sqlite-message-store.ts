import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { BlobFolder } from './blob-folder.js';
import { BlobFile } from './blob-folder.js';
import { StoreClosedError, StoreStoppedError } from './failure.js';
import { takeIn } from './mail-intake.js';
import type { Intake } from './mail-intake.js';
import type { MessageFacts, MessageRows, Stamp } from './message-rows.js';
import { MessageStore, StorageFullError } from './message-store.js';
import type { MessageOrigin, MessageQuery, MessageSummary } from './message-store.js';
import type { Database } from './sqlite/database.js';

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

  constructor(
    private readonly database: Database,
    private readonly rows: MessageRows,
    private readonly blobs: BlobFolder,
  ) {
    super();
  }

  override accept(body: Readable, origin: MessageOrigin, trace: string): Promise<MessageSummary> {
    return this.keep(() => this.takeInAndKeep(body, origin, trace));
  }

  /** Keeps the row of a message that another process has taken in: see `MessageRows.keep()`. */
  acceptRow(facts: MessageFacts, body: Uint8Array<ArrayBuffer> | null, stamp?: Stamp): Promise<MessageSummary> {
    return this.keep(() => this.rows.keep(facts, body, stamp));
  }

  /** A place in the order of arrival, for `acceptRow()`. */
  stamp(): Promise<Stamp> {
    return this.rows.stamp();
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

  /** What all ways to keep a message have in common. */
  private async keep(work: () => Promise<MessageSummary>): Promise<MessageSummary> {
    this.refuseWhenUnusable();
    const accepting = work();
    this.accepting.add(accepting);
    try {
      const summary = await accepting;
      this.accepted += 1;
      this.announce(summary);
      return summary;
    } catch (error) {
      if (error instanceof StoreStoppedError) this.database.stop(error);
      throw error;
    } finally {
      this.accepting.delete(accepting);
    }
  }

  /** The stamp is taken when the mail is complete: ids are in the order of arrival, whatever the speed of a client. */
  private async takeInAndKeep(body: Readable, origin: MessageOrigin, trace: string): Promise<MessageSummary> {
    const intake = await takeIn(body, trace, this.blobs);
    const facts = factsOf(intake, origin);
    if (intake.content instanceof BlobFile) return this.keepBlob(intake.content, facts);
    return this.rows.keep(facts, intake.content);
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

  private async keepBlob(file: BlobFile, facts: MessageFacts): Promise<MessageSummary> {
    const stamp = await this.makeBlob(file);
    try {
      return await this.rows.keep(facts, null, stamp);
    } catch (error) {
      // Without room the row was rolled back for certain. Otherwise it may be there: the next start knows.
      if (error instanceof StorageFullError) await this.blobs.discard(stamp.id);
      throw error;
    }
  }

  private async makeBlob(file: BlobFile): Promise<Stamp> {
    let stamp: Stamp | undefined;
    try {
      stamp = await this.rows.stamp();
      await file.keep(stamp.id);
      return stamp;
    } catch (error) {
      await file.discard();
      if (stamp) await this.blobs.discard(stamp.id);
      throw error;
    }
  }

  private refuseWhenUnusable(): void {
    if (this.database.stopReason) throw this.database.stopReason;
    if (this.closed) throw new StoreClosedError('The store is closed');
  }
}

function factsOf({ size, header }: Intake, origin: MessageOrigin): MessageFacts {
  return {
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
