import { Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AdminAccess } from './admin-access.js';
import { AssetsController } from './assets.controller.js';
import { Cursors } from './cursor.js';
import { FirstMail } from './first-mail.js';
import { HttpDrain } from './http-drain.js';
import { LiveUpdates } from './live-updates.js';
import { MessageList } from './message-list.js';
import { MessagesController } from './messages.controller.js';
import { PagesController } from './pages.controller.js';
import { MailReader } from './reading/mail-reader.js';
import { securityHeaders } from './security-headers.js';
import { SessionController } from './session.controller.js';
import { Views } from './views.js';

/** The page and the JSON API. Needs `MessageStore`, `AppConfig` and `AdminToken` from global modules. */
@Module({
  controllers: [MessagesController, AssetsController, SessionController, PagesController],
  providers: [AdminAccess, Cursors, FirstMail, HttpDrain, LiveUpdates, MailReader, MessageList, Views],
})
export class ViewerModule implements NestModule {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Not by the consumer: its routes do not match a path that cannot be decoded, and so leave its error bare. */
  configure(): void {
    this.host.httpAdapter.use(securityHeaders);
  }
}
