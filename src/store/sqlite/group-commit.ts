import type { Failure } from '../failure.js';
import type { NewMessage } from './message-table.js';

/** A message waits for its commit; `done` is called once, with the failure when it was not kept. */
export interface Waiting {
  readonly message: NewMessage;
  readonly done: (failure: Failure | undefined) => void;
}

// What one transaction takes at most: enough to share a sync among all connections, not so much that the first of
// the group waits long for the last.
const MAX_MESSAGES = 512;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Gathers what arrives while a commit runs into the next one. There is no delay: alone, a message is committed at
 * once; under load the group grows by itself, since the sync of the commit before is what all others wait for.
 */
export class GroupCommit {
  private readonly queue: Waiting[] = [];
  private scheduled = false;

  /**
   * @param commit makes messages durable, and says of each whether it is
   * @param afterwards called after the answers of a group have been given
   */
  constructor(
    private readonly commit: (messages: readonly NewMessage[]) => readonly (Failure | undefined)[],
    private readonly afterwards: () => void,
  ) {}

  add(waiting: Waiting): void {
    this.queue.push(waiting);
    this.schedule();
  }

  /** Commits all that waits, now. */
  flush(): void {
    while (this.queue.length > 0) this.commitGroup();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // The check phase comes after all messages that wait at the port have been taken in.
    setImmediate(() => {
      this.scheduled = false;
      if (this.queue.length === 0) return;
      this.commitGroup();
      if (this.queue.length > 0) this.schedule();
    });
  }

  private commitGroup(): void {
    const group = this.queue.splice(0, this.groupSize());
    const outcomes = this.commit(group.map(({ message }) => message));
    group.forEach(({ done }, index) => done(outcomes[index]));
    this.afterwards();
  }

  /** At least one, however large. */
  private groupSize(): number {
    let bytes = 0;
    for (const [index, { message }] of this.queue.entries()) {
      bytes += message.body?.length ?? 0;
      if (index === MAX_MESSAGES || (index > 0 && bytes > MAX_BYTES)) return index;
    }
    return this.queue.length;
  }
}
