import { errorOf } from '../store/failure.js';
import { Outbox } from './outbox.js';
import type { OwnerOperation, OwnerOperations } from './owner-operations.js';
import type { FromOwner, FromWorker } from './protocol.js';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The owner, as a worker sees it. When the owner has gone the worker ends, so nothing waits for ever. */
export class OwnerLink {
  /** Resolves when it is time to finish. */
  readonly drains: Promise<void>;
  private readonly pending = new Map<number, Pending>();
  private readonly outbox = new Outbox<FromWorker>(
    (messages, sent) => void process.send?.(messages, undefined, undefined, sent),
  );
  private latestNumber = 0;

  constructor() {
    this.drains = new Promise((resolve) => {
      process.on('message', (messages: readonly FromOwner[]) => {
        for (const message of messages) {
          if ('drain' in message) resolve();
          else this.settle(message);
        }
      });
    });
  }

  /** @throws what the owner's operation threw: the errors of the store are the same here as there */
  ask<Name extends OwnerOperation>(
    name: Name,
    ...args: Parameters<OwnerOperations[Name]>
  ): Promise<Awaited<ReturnType<OwnerOperations[Name]>>> {
    const number = ++this.latestNumber;
    const answer = new Promise((resolve, reject) => this.pending.set(number, { resolve, reject }));
    void this.tell({ number, ask: name, args });
    return answer as Promise<Awaited<ReturnType<OwnerOperations[Name]>>>;
  }

  /** Resolves when the message is on its way, or cannot be any more. */
  tell(message: FromWorker): Promise<void> {
    return this.outbox.put(message);
  }

  private settle({ number, value, failure }: Extract<FromOwner, { number: number }>): void {
    const pending = this.pending.get(number);
    this.pending.delete(number);
    if (failure) pending?.reject(errorOf(failure));
    else pending?.resolve(value);
  }
}
