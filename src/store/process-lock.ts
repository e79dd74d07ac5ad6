import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another live process has the data folder. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';

  /** @param pid of the other process; undefined when it has not written it yet */
  constructor(
    directory: string,
    readonly pid: number | undefined,
  ) {
    const owner = pid === undefined ? 'another process' : `the process with pid ${pid}`;
    super(`DATA_DIR ${directory} is in use by ${owner}: stop it first, or use another DATA_DIR`);
  }
}

/**
 * One live process a folder. The lock is one of the operating system, taken by way of SQLite on a file of its own: it
 * ends with the process, however that ends. The pid in the file beside it is for people only.
 */
export class ProcessLock {
  private released = false;

  private constructor(
    private readonly database: DatabaseSync,
    private readonly pidFile: string,
  ) {}

  /** @throws DataDirInUseError */
  static acquire(directory: string): ProcessLock {
    const file = join(directory, 'lock.sqlite');
    const pidFile = join(directory, 'lock.pid');
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file);
    try {
      // BEGIN EXCLUSIVE writes nothing; that it is never ended holds the lock.
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw isBusy(error) ? new DataDirInUseError(directory, readPid(pidFile)) : error;
    }
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
    return new ProcessLock(database, pidFile);
  }

  /** May be called twice. */
  release(): void {
    if (this.released) return;
    this.released = true;
    rmSync(this.pidFile, { force: true });
    this.database.close();
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' && (errcode & 0xff) === SQLITE_BUSY;
}

function readPid(pidFile: string): number | undefined {
  try {
    const text = readFileSync(pidFile, 'latin1').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
