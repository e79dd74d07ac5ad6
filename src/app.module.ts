import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ConfigModule } from './config/config.module.js';
import { HealthModule } from './health/health.module.js';
import { MailModule } from './mail/mail.module.js';
import { StoreModule } from './store/store.module.js';
import { AdminTokenModule } from './viewer/admin-token.module.js';
import { ViewerModule } from './viewer/viewer.module.js';

/** Receives mail, keeps it, shows it. */
@Module({
  imports: [ConfigModule, StoreModule, AccountsModule, AdminTokenModule, MailModule, ViewerModule, HealthModule],
})
export class AppModule {}
