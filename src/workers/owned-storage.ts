import type { MessageSummary } from '../store/message-store.js';
import type { MessageFacts, MessageRows, Stamp } from '../store/message-rows.js';
import { Database } from '../store/sqlite/database.js';
import type { OperationName, Operations } from '../store/sqlite/operations.js';
import { ByteBudget } from './byte-budget.js';
import type { OwnerLink } from './owner-link.js';

// What a worker may have on its way to the owner: some thirty of the largest bodies that go into a row.
const BYTES_UNDER_WAY = 8 * 1024 * 1024;

/** The database of the owner, in a worker. */
export class OwnedDatabase extends Database {
  private stopped: Error | undefined;

  constructor(private readonly owner: OwnerLink) {
    super();
  }

  override call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    return this.owner.ask('call', name, args) as Promise<ReturnType<Operations[Name]>>;
  }

  override get stopReason(): Error | undefined {
    return this.stopped;
  }

  override stop(error: Error): void {
    if (this.stopped) return;
    this.stopped = error;
    // The owner ends the whole application then, this process with it.
    this.owner.ask('stop', error.message).catch(() => undefined);
  }
}

/** The rows of the owner, in a worker. What the owner has not yet committed is bounded: who sends more than that waits. */
export class OwnedRows implements MessageRows {
  private readonly underWay = new ByteBudget(BYTES_UNDER_WAY);

  constructor(private readonly owner: OwnerLink) {}

  stamp(): Promise<Stamp> {
    return this.owner.ask('stamp');
  }

  async keep(facts: MessageFacts, body: Uint8Array<ArrayBuffer> | null, stamp?: Stamp): Promise<MessageSummary> {
    const bytes = body?.length ?? 0;
    await this.underWay.take(bytes);
    try {
      return { ...facts, ...(await this.owner.ask('keep', facts, body, stamp)) };
    } finally {
      this.underWay.give(bytes);
    }
  }
}
