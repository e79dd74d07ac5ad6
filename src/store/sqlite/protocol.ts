import type { Failure } from '../failure.js';
import type { NewMessage } from './message-table.js';
import type { OperationName } from './operations.js';

/** What the application's thread sends to the database thread. Each request gets one reply with its number. */
export type Request =
  | { readonly number: number; readonly keep: NewMessage }
  | { readonly number: number; readonly call: OperationName; readonly args: readonly unknown[] }
  | { readonly number: number; readonly close: true };

export interface Reply {
  readonly number: number;
  readonly value?: unknown;
  readonly failure?: Failure | undefined;
}

/**
 * What comes back: the first message, with no replies, says that the database is open. `fatal` is set when nothing
 * will be answered any more.
 */
export interface Answer {
  readonly replies: readonly Reply[];
  readonly fatal?: Failure;
}

/** `workerData` of the database thread. */
export interface ThreadData {
  readonly file: string;
}
