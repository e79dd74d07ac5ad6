import { Global, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DataDir } from './data-dir.js';
import { EmbeddedStorage } from './embedded-storage.js';
import { FatalSignal } from './fatal-signal.js';
import { MessageStore } from './message-store.js';
import { ServerSecrets, loadServerSecrets } from './server-secrets.js';
import { DatabaseThread } from './sqlite/database-thread.js';

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
    { provide: DatabaseThread, useFactory: (storage: EmbeddedStorage) => storage.database, inject: [EmbeddedStorage] },
    { provide: MessageStore, useFactory: (storage: EmbeddedStorage) => storage.messages, inject: [EmbeddedStorage] },
    { provide: ServerSecrets, useFactory: loadServerSecrets, inject: [AppConfig, DataDir] },
  ],
  exports: [DataDir, DatabaseThread, FatalSignal, MessageStore, ServerSecrets],
})
export class StoreModule implements OnApplicationShutdown {
  constructor(private readonly storage: EmbeddedStorage) {}

  /** The last of Nest's shutdown steps: the servers have drained, and nobody accepts a mail any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.storage.close();
  }
}
