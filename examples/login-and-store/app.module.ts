import { Module } from '@nestjs/common';
import { SmtpModule } from 'nestjs-smtp';
import { Accounts } from './accounts.js';
import { MailController } from './mail.controller.js';
import { MailFolder } from './mail-folder.js';

@Module({
  imports: [
    SmtpModule.forRootAsync({
      useFactory: () => ({
        name: 'mail.example.com',
        host: '127.0.0.1',
        port: Number(process.env['PORT'] ?? 2525),
        size: 20 * 1024 * 1024,
      }),
    }),
  ],
  controllers: [MailController],
  providers: [Accounts, MailFolder],
})
export class AppModule {}
