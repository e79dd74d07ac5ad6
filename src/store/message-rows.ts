import type { MessageSummary } from './message-store.js';
import type { MessageIds } from './message-ids.js';
import type { DatabaseThread } from './sqlite/database-thread.js';

/** What gives a message its place in the order of arrival. */
export type Stamp = Pick<MessageSummary, 'id' | 'receivedAt'>;

/** What is known of a message before it has its place. */
export type MessageFacts = Omit<MessageSummary, keyof Stamp>;

/**
 * The rows of the messages. There is one order of arrival and one that commits, the process with the database; another
 * process reaches it by messages.
 */
export interface MessageRows {
  /** A new id, that sorts after all before it, and the time. */
  stamp(): Promise<Stamp>;

  /**
   * Resolves when the row is durable.
   *
   * @param body trace header and mail, whose memory is handed over; null when they are in a blob file, which has
   *   the id of `stamp`
   * @param stamp default: a new one, taken now
   */
  keep(facts: MessageFacts, body: Uint8Array<ArrayBuffer> | null, stamp?: Stamp): Promise<MessageSummary>;
}

/** The rows as the process with the database has them. */
export class DatabaseRows implements MessageRows {
  constructor(
    private readonly database: DatabaseThread,
    private readonly ids: MessageIds,
  ) {}

  stamp(): Promise<Stamp> {
    return Promise.resolve(this.next());
  }

  async keep(
    facts: MessageFacts,
    body: Uint8Array<ArrayBuffer> | null,
    stamp: Stamp = this.next(),
  ): Promise<MessageSummary> {
    const summary = { ...facts, ...stamp };
    await this.database.keep({ summary, body });
    return summary;
  }

  private next(): Stamp {
    return { id: this.ids.next(), receivedAt: new Date() };
  }
}
