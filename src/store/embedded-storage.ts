import type { AppConfig } from '../config/app-config.js';
import { BlobFolder } from './blob-folder.js';
import { DataDir } from './data-dir.js';
import { MessageIds } from './message-ids.js';
import { DatabaseRows } from './message-rows.js';
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
      return new EmbeddedStorage(directory, database, await openStore(directory, database));
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

/** Takes the store into use, after removing what an earlier process left half done. */
async function openStore(directory: DataDir, database: DatabaseThread): Promise<SqliteMessageStore> {
  const blobs = new BlobFolder(directory.blobs, directory.temporary);
  await blobs.sweep((ids) => database.call('unknownIds', ids));
  const rows = new DatabaseRows(database, new MessageIds(await database.call('newestId')));
  return new SqliteMessageStore(database, rows, blobs);
}
