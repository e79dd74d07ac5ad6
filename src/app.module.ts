import { Global, Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ConfigModule } from './config/config.module.js';
import { HealthModule } from './health/health.module.js';
import { MailModule } from './mail/mail.module.js';
import { ServerSecrets } from './store/server-secrets.js';
import { StoreModule } from './store/store.module.js';
import { AdminToken } from './viewer/admin-token.js';
import { ViewerModule } from './viewer/viewer.module.js';

/** The token of the page and the API is one of the secrets the store keeps. */
@Global()
@Module({
  providers: [
    { provide: AdminToken, useFactory: ({ adminToken }: ServerSecrets) => adminToken, inject: [ServerSecrets] },
  ],
  exports: [AdminToken],
})
class AdminTokenModule {}

/** Receives mail, keeps it, shows it. */
@Module({
  imports: [ConfigModule, StoreModule, AccountsModule, AdminTokenModule, MailModule, ViewerModule, HealthModule],
})
export class AppModule {}
