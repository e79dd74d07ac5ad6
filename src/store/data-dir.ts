import { join, resolve } from 'node:path';
import { makeDirectory } from './durable-files.js';
import { ProcessLock } from './process-lock.js';

/** The data folder of this process, locked for it. */
export class DataDir {
  /** The embedded database. */
  readonly database: string;
  /** Large mails. */
  readonly blobs: string;
  /** Files while they are written; emptied at each start. */
  readonly temporary: string;
  /** What the application made for itself in development: token, key, certificate. */
  readonly secrets: string;

  private constructor(
    readonly root: string,
    private readonly lock: ProcessLock,
  ) {
    this.database = join(root, 'mail.sqlite');
    this.blobs = join(root, 'blobs');
    this.temporary = join(root, 'tmp');
    this.secrets = join(root, 'secrets');
  }

  /**
   * Makes the folder where it is not there (mode 0700, the files in it 0600), and locks it. A folder that is there
   * keeps its mode.
   *
   * @throws DataDirInUseError when another live process has it
   */
  static async open(path: string): Promise<DataDir> {
    const root = resolve(path);
    await makeDirectory(root);
    const directory = new DataDir(root, ProcessLock.acquire(root));
    try {
      for (const part of [directory.blobs, directory.temporary, directory.secrets]) await makeDirectory(part);
    } catch (error) {
      directory.release();
      throw error;
    }
    return directory;
  }

  /** Lets another process have it. May be called twice. */
  release(): void {
    this.lock.release();
  }
}
