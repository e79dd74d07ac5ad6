import { StorageFullError } from './message-store.js';

/**
 * What a failure of the storage means for the caller:
 * `no-room`: nothing was kept, try again when there is room; `fatal`: the process must stop, because what it holds
 * to be on disk may not be; `other`: this one request failed, the next may succeed.
 */
export type FailureKind = 'no-room' | 'fatal' | 'other';

/** An error as it crosses from the database thread: a cloned Error would lose its code. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
}

/** The disk failed or the database thread died: nothing is accepted any more, the process has to end. */
export class StoreStoppedError extends Error {
  override readonly name = 'StoreStoppedError';
}

/** The store is closing or closed. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError';
}

// Primary result codes of SQLite, https://sqlite.org/rescode.html
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
// Extended: 10 with the place in the second byte.
const SQLITE_IOERR_FSYNC = 1034;
const SQLITE_IOERR_DIR_FSYNC = 1290;

/**
 * @param hasRoom asked for an I/O error of SQLite that was no sync: SQLite reports EDQUOT, and a shared-memory file
 *   that cannot grow, as IOERR; only a write of our own tells these from a failing disk
 */
export function failureOf(error: unknown, hasRoom: () => boolean = () => true): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error, hasRoom), message };
}

export function errorOf(failure: Failure): Error {
  if (failure.kind === 'no-room') return new StorageFullError(failure.message);
  if (failure.kind === 'fatal') return new StoreStoppedError(failure.message);
  return new Error(failure.message);
}

/** The error of a file system call as the store reports it; an ordinary one stays what it is. */
export function storageErrorOf(error: unknown): unknown {
  const failure = failureOf(error);
  return failure.kind === 'other' ? error : errorOf(failure);
}

/** Whether a file system call failed for want of room. */
function isNoRoom(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function kindOf(error: unknown, hasRoom: () => boolean): FailureKind {
  if (isNoRoom(error)) return 'no-room';
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code === 'EIO') return 'fatal';
  if (typeof errcode !== 'number') return 'other';
  switch (errcode & 0xff) {
    case SQLITE_FULL:
      return 'no-room';
    case SQLITE_IOERR:
      return isSync(errcode) || hasRoom() ? 'fatal' : 'no-room';
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return 'fatal';
    default:
      return 'other';
  }
}

function isSync(errcode: number): boolean {
  return errcode === SQLITE_IOERR_FSYNC || errcode === SQLITE_IOERR_DIR_FSYNC;
}
