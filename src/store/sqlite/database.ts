import type { OperationName, Operations } from './operations.js';

/**
 * The database as whoever asks it sees it, in the process that has it or in another one.
 * An abstract class, so that it is its own injection token.
 */
export abstract class Database {
  /** @throws StoreStoppedError, StoreClosedError when nothing is answered any more; the failure of the operation */
  abstract call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>>;

  /** The reason why nothing can be kept any more, once there is one. */
  abstract readonly stopReason: Error | undefined;

  /** Ends all use after a failure that the application must not survive. */
  abstract stop(error: Error): void;
}
