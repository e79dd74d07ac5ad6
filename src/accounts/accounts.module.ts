import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../store/sqlite/database.js';
import { AccountDirectory } from './account-directory.js';
import { EmbeddedAccountDirectory } from './embedded-account-directory.js';
import { FirstAccount, makeFirstAccount } from './first-account.js';

/** Who may log in, for everybody. Needs the store module. The first account is there before any port opens. */
@Global()
@Module({
  providers: [
    {
      provide: AccountDirectory,
      useFactory: (database: Database) => EmbeddedAccountDirectory.open(database),
      inject: [Database],
    },
    { provide: FirstAccount, useFactory: makeFirstAccount, inject: [AppConfig, AccountDirectory] },
  ],
  exports: [AccountDirectory, FirstAccount],
})
export class AccountsModule {}
