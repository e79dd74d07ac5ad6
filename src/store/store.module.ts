import { Global, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DataDir } from './data-dir.js';
import { EmbeddedStorage } from './embedded-storage.js';
import { FatalSignal } from './fatal-signal.js';
import { MessageStore } from './message-store.js';
import { ServerCertificate, ServerSecrets, loadServerSecrets } from './server-secrets.js';
import { SqliteMessageStore } from './sqlite-message-store.js';
import { Database } from './sqlite/database.js';

/** Data folder, database, messages and the secrets kept there, for everybody. */
@Global()
@Module({
  providers: [
    FatalSignal,
    {
      provide: EmbeddedStorage,
      useFactory: (config: AppConfig, fatal: FatalSignal) =>
        EmbeddedStorage.open(config, (error) => fatal.raise(error)),
      inject: [AppConfig, FatalSignal],
    },
    { provide: DataDir, useFactory: (storage: EmbeddedStorage) => storage.directory, inject: [EmbeddedStorage] },
    { provide: Database, useFactory: (storage: EmbeddedStorage) => storage.database, inject: [EmbeddedStorage] },
    {
      provide: SqliteMessageStore,
      useFactory: (storage: EmbeddedStorage) => storage.messages,
      inject: [EmbeddedStorage],
    },
    { provide: MessageStore, useExisting: SqliteMessageStore },
    { provide: ServerSecrets, useFactory: loadServerSecrets, inject: [AppConfig, DataDir] },
    { provide: ServerCertificate, useFactory: ({ tls }: ServerSecrets) => tls, inject: [ServerSecrets] },
  ],
  exports: [Database, DataDir, FatalSignal, MessageStore, ServerCertificate, ServerSecrets, SqliteMessageStore],
})
export class StoreModule implements OnApplicationShutdown {
  constructor(private readonly storage: EmbeddedStorage) {}

  /** The last of Nest's shutdown steps: the servers have drained, and nobody accepts a mail any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.storage.close();
  }
}
