import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { MessageQuery, MessageSummary } from '../message-store.js';
import { fold, searchText } from '../search-text.js';

/** A message on its way into the database. */
export interface NewMessage {
  readonly summary: MessageSummary;
  /** Trace header and mail; null when they are in a blob file already. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** Where the bytes of a message are. */
export type StoredBody = { readonly in: 'row'; readonly bytes: Uint8Array<ArrayBuffer> } | { readonly in: 'blob' };

type Row = Record<string, SQLOutputValue>;

/** The tables `message` and `body`. Synchronous, and knows nothing of transactions. */
export class MessageTable {
  private readonly insertMessage: StatementSync;
  private readonly insertBody: StatementSync;
  private readonly selectPage: StatementSync;
  private readonly selectMatching: StatementSync;
  private readonly selectOne: StatementSync;
  private readonly selectBody: StatementSync;
  private readonly selectNewest: StatementSync;

  constructor(database: DatabaseSync) {
    this.insertMessage = database.prepare(
      `INSERT INTO message (id, received_at, user, auth_method, secure, tls, remote_address, client_name,
                            mail_from, rcpt_to, subject, sender, size, search)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.insertBody = database.prepare('INSERT INTO body (message, bytes) VALUES (?, ?)');
    this.selectPage = database.prepare('SELECT * FROM message WHERE id < ? ORDER BY id DESC LIMIT ?');
    // instr() compares character by character: no wildcard to escape, no case folding of SQLite's own.
    this.selectMatching = database.prepare(
      'SELECT * FROM message WHERE id < ? AND instr(search, ?) > 0 ORDER BY id DESC LIMIT ?',
    );
    this.selectOne = database.prepare('SELECT * FROM message WHERE id = ?');
    this.selectBody = database.prepare(
      'SELECT body.bytes FROM message LEFT JOIN body ON body.message = message.seq WHERE message.id = ?',
    );
    this.selectNewest = database.prepare('SELECT max(id) AS id FROM message');
  }

  insert({ summary, body }: NewMessage): void {
    const { lastInsertRowid } = this.insertMessage.run(
      summary.id,
      summary.receivedAt.getTime(),
      summary.user,
      summary.authMethod,
      summary.secure ? 1 : 0,
      summary.tls,
      summary.remoteAddress,
      summary.clientName,
      summary.mailFrom,
      JSON.stringify(summary.rcptTo),
      summary.subject,
      summary.from,
      summary.size,
      searchText(summary),
    );
    if (body) this.insertBody.run(lastInsertRowid, body);
  }

  /** Newest first. */
  list({ limit, before = AFTER_ALL_IDS, text }: MessageQuery): MessageSummary[] {
    const rows = text ? this.selectMatching.all(before, fold(text), limit) : this.selectPage.all(before, limit);
    return rows.map(toSummary);
  }

  find(id: string): MessageSummary | undefined {
    const row = this.selectOne.get(id);
    return row && toSummary(row);
  }

  readBody(id: string): StoredBody | undefined {
    const row = this.selectBody.get(id);
    if (!row) return undefined;
    return row.bytes instanceof Uint8Array ? { in: 'row', bytes: row.bytes } : { in: 'blob' };
  }

  /** Those of `ids` that no message has. */
  unknownIds(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.selectOne.get(id));
  }

  newestId(): string | undefined {
    return (this.selectNewest.get()?.id ?? undefined) as string | undefined;
  }
}

// Ids are hexadecimal digits and hyphens.
const AFTER_ALL_IDS = '~';

function toSummary(row: Row): MessageSummary {
  return {
    id: row.id as string,
    receivedAt: new Date(row.received_at as number),
    user: row.user as string,
    authMethod: row.auth_method as string,
    secure: row.secure === 1,
    tls: row.tls as string | null,
    remoteAddress: row.remote_address as string,
    clientName: row.client_name as string,
    mailFrom: row.mail_from as string,
    rcptTo: JSON.parse(row.rcpt_to as string) as string[],
    subject: row.subject as string,
    from: row.sender as string,
    size: row.size as number,
  };
}
