import type { AppConfig } from '../config/app-config.js';
import { BlobFolder } from './blob-folder.js';
import { DataDir } from './data-dir.js';
import { SqliteMessageStore } from './sqlite-message-store.js';
import { DatabaseThread } from './sqlite/database-thread.js';

/** What the embedded store consists of, opened and closed as one: folder and lock, database thread, messages. */
export class EmbeddedStorage {
  private constructor(
    readonly directory: DataDir,
    readonly database: DatabaseThread,
    readonly messages: SqliteMessageStore,
  ) {}

  /**
   * @param onFatal called once when the process must stop
   * @throws DataDirInUseError when another live process has the folder; whatever was opened is closed again
   */
  static async open(
    { dataDir }: Pick<AppConfig, 'dataDir'>,
    onFatal: (error: Error) => void,
  ): Promise<EmbeddedStorage> {
    const directory = await DataDir.open(dataDir);
    let database: DatabaseThread | undefined;
    try {
      database = await DatabaseThread.start(directory.database, onFatal);
      const blobs = new BlobFolder(directory.blobs, directory.temporary);
      return new EmbeddedStorage(directory, database, await SqliteMessageStore.open(database, blobs));
    } catch (error) {
      await database?.close();
      directory.release();
      throw error;
    }
  }

  /** Waits for the mails under way. May be called twice. */
  async close(): Promise<void> {
    await this.messages.close();
    await this.database.close();
    this.directory.release();
  }
}
