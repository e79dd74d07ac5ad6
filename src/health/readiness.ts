import { Injectable, Logger, type OnModuleDestroy, Optional } from '@nestjs/common';
import { MessageStore, StorageFullError } from '../store/message-store.js';
import { WorkerProcesses } from '../workers/worker-processes.js';

const CHECK_TIMEOUT_MS = 2_000;

/** Knows whether the application can take mail now. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  readonly #logger = new Logger(Readiness.name);
  #draining = false;

  constructor(
    private readonly store: MessageStore,
    @Optional() private readonly processes?: WorkerProcesses,
  ) {}

  /** How many workers there should be, and how many take mail now; undefined where this process takes it itself. */
  get workers(): WorkerProcesses['count'] | undefined {
    return this.processes?.count;
  }

  /** What keeps a message from being accepted now, in words for anybody; undefined for nothing. */
  async obstacle(): Promise<string | undefined> {
    if (this.#draining) return 'shutting down';
    if (this.workers?.ready === 0) return 'no worker takes mail';
    try {
      await withTimeout(this.store.check(), CHECK_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      // The port is open to everybody: paths and error texts stay in the log.
      this.#logger.warn(`not ready: ${String(error)}`);
      return error instanceof StorageFullError ? 'the storage is full' : 'the storage cannot commit';
    }
  }

  /** The first step of a shutdown: load balancers turn away while what has begun is finished. */
  onModuleDestroy(): void {
    this.#draining = true;
  }
}

/** A store that hangs is not ready either. */
async function withTimeout(check: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the store did not answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([check, late]);
  } finally {
    clearTimeout(timer);
  }
}
