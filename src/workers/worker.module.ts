import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ConfigModule } from '../config/config.module.js';
import { listeners } from '../mail/listeners.js';
import { SubmissionController } from '../mail/submission.controller.js';
import { BlobFolder } from '../store/blob-folder.js';
import { MessageStore } from '../store/message-store.js';
import { ServerCertificate } from '../store/server-secrets.js';
import { SqliteMessageStore } from '../store/sqlite-message-store.js';
import { Database } from '../store/sqlite/database.js';
import { OwnedDatabase, OwnedRows } from './owned-storage.js';
import { OwnerCounterStore } from './owner-counter.store.js';
import { OwnerLink } from './owner-link.js';
import { PlacesController } from './places.controller.js';

/** What the owner has, for everybody in a worker. */
@Global()
@Module({})
class OwnerLinkModule implements OnApplicationShutdown {
  constructor(private readonly store: SqliteMessageStore) {}

  static at(owner: OwnerLink): DynamicModule {
    return {
      module: OwnerLinkModule,
      providers: [
        { provide: OwnerLink, useValue: owner },
        { provide: Database, useFactory: () => new OwnedDatabase(owner) },
        {
          provide: SqliteMessageStore,
          useFactory: async (database: Database) => {
            const { blobs, temporary } = await owner.ask('surroundings');
            return new SqliteMessageStore(database, new OwnedRows(owner), new BlobFolder(blobs, temporary));
          },
          inject: [Database],
        },
        { provide: MessageStore, useExisting: SqliteMessageStore },
        { provide: ServerCertificate, useFactory: async () => (await owner.ask('surroundings')).certificate },
      ],
      exports: [Database, MessageStore, OwnerLink, ServerCertificate],
    };
  }

  /** The listeners have drained: nobody accepts a mail any more. */
  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }
}

/** Receives mail, and has it kept by the owner. */
@Module({})
export class WorkerModule {
  static at(owner: OwnerLink): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        ConfigModule,
        OwnerLinkModule.at(owner),
        AccountsModule,
        // The owner counts connections, and refused logins, for all.
        listeners({ caps: false, counterStore: OwnerCounterStore }),
      ],
      controllers: [PlacesController, SubmissionController],
    };
  }
}
