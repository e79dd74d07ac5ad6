import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { failureOf } from '../failure.js';
import type { Failure } from '../failure.js';
import { AccountTable } from './account-table.js';
import { MessageTable } from './message-table.js';
import type { NewMessage } from './message-table.js';
import { migrate } from './migrations.js';

// Of a new database; one that is there keeps its own. A body goes into the log and from there into the file page by page,
// with some system calls each: of SQLite's usual 4 KiB, mails of 100 KiB take 1.6 times the processor time to keep.
const PAGE_BYTES = 16 * 1024;
// The slowest of a hundred wait while the log is moved: with 4 MiB, p99 ÷ p50 of mails of 4 KiB was 5.5 instead of 3.6.
const CHECKPOINT_BYTES = 2 * 1024 * 1024;
// What a message has beside its body: columns, search text, its entry in the index.
const ROW_BYTES = 1024;
// Pages that a transaction changes, however small: the last ones of two tables and of an index, the first of the file.
const SHARED_PAGES = 4;
// Larger than any slack that a file system leaves in its last block.
const ROOM_PROBE_BYTES = 64 * 1024;

/** The database of the application: synchronous, made for a thread of its own. Nobody else may write to the file. */
export class SqliteDatabase {
  readonly messages: MessageTable;
  readonly accounts: AccountTable;
  private readonly database: DatabaseSync;
  private readonly touch: StatementSync;
  private readonly pageBytes: number;
  private bytesInLog = 0;
  private commitCount = 0;

  /** Opens or makes the database and brings its schema up to date. */
  constructor(private readonly file: string) {
    // SQLite gives the log and the shared memory the mode of the database file.
    closeSync(openSync(file, 'a', 0o600));
    this.database = new DatabaseSync(file);
    // Checkpoints are run here, not by SQLite: its automatic ones swallow a failed fsync and repeat it the next time.
    this.database.exec(
      `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0`,
    );
    this.pageBytes = Number(this.database.prepare('PRAGMA page_size').get()?.page_size);
    migrate(this.database);
    this.messages = new MessageTable(this.database);
    this.accounts = new AccountTable(this.database);
    this.touch = this.database.prepare('INSERT OR REPLACE INTO readiness (one, checked_at) VALUES (1, ?)');
  }

  /** Transactions committed since the start, for messages only. */
  get commits(): number {
    return this.commitCount;
  }

  /**
   * Keeps messages in one transaction. When that fails each is tried alone, so that a bad one does not fail its
   * neighbours: the failed transaction was rolled back, nothing is there twice.
   *
   * @returns for each message its failure, or undefined when it is durable. After a `fatal` one nothing more is tried
   */
  insert(messages: readonly NewMessage[]): (Failure | undefined)[] {
    const failure = this.insertTogether(messages);
    if (!failure || failure.kind === 'fatal' || messages.length === 1) return messages.map(() => failure);
    const outcomes: (Failure | undefined)[] = [];
    let fatal: Failure | undefined;
    for (const message of messages) {
      const outcome: Failure | undefined = fatal ?? this.insertTogether([message]);
      if (outcome?.kind === 'fatal') fatal = outcome;
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** A real commit, of one small row. Throws what stands in its way. */
  check(): void {
    this.transaction(() => this.touch.run(Date.now()));
    this.bytesInLog += this.pageBytes;
  }

  /**
   * Moves what the log holds into the database file, once it holds some megabytes.
   *
   * @returns a failure only when it is fatal: with no room for it the log simply grows until there is
   */
  checkpointWhenDue(): Failure | undefined {
    if (this.bytesInLog < CHECKPOINT_BYTES) return undefined;
    this.bytesInLog = 0;
    try {
      this.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      return undefined;
    } catch (error) {
      const failure = this.failureOf(error);
      return failure.kind === 'fatal' ? failure : undefined;
    }
  }

  failureOf(error: unknown): Failure {
    return failureOf(error, () => this.hasRoom());
  }

  close(): void {
    this.database.close();
  }

  private insertTogether(messages: readonly NewMessage[]): Failure | undefined {
    try {
      this.transaction(() => {
        for (const message of messages) this.messages.insert(message);
      });
    } catch (error) {
      return this.failureOf(error);
    }
    this.commitCount += 1;
    this.bytesInLog += SHARED_PAGES * this.pageBytes + bytesOf(messages);
    return undefined;
  }

  private transaction(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.database.exec('COMMIT');
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** After some errors, a full disk among them, SQLite has rolled back by itself and says that there is nothing to do. */
  private rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // If a transaction really were left open, the next BEGIN would say so.
    }
  }

  /** Whether the file system takes a few more kilobytes now. */
  private hasRoom(): boolean {
    const probe = `${this.file}-room-probe`;
    try {
      const descriptor = openSync(probe, 'w', 0o600);
      try {
        return writeSync(descriptor, Buffer.alloc(ROOM_PROBE_BYTES)) === ROOM_PROBE_BYTES;
      } finally {
        closeSync(descriptor);
        rmSync(probe, { force: true });
      }
    } catch (error) {
      return failureOf(error).kind !== 'no-room';
    }
  }
}

/** About what messages add to the log. */
function bytesOf(messages: readonly NewMessage[]): number {
  return messages.reduce((bytes, { body }) => bytes + ROW_BYTES + (body?.length ?? 0), 0);
}
