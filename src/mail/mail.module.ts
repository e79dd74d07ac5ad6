import { Module } from '@nestjs/common';
import { SmtpModule } from 'nestjs-smtp';
import { AppConfig } from '../config/app-config.js';
import { ServerSecrets } from '../store/server-secrets.js';
import { SubmissionController } from './submission.controller.js';

/** The SMTP listeners and what happens to the mail that comes in. */
@Module({
  imports: [
    SmtpModule.forRootAsync({
      inject: [AppConfig, ServerSecrets],
      useFactory: (config: AppConfig, { tls }: ServerSecrets) => ({
        name: config.smtpName,
        size: config.maxMessageBytes,
        key: tls.key,
        cert: tls.cert,
        listeners: [
          { id: 'submission', host: config.bindAddress, port: config.smtpPort },
          { id: 'submissions', host: config.bindAddress, port: config.smtpsPort, secure: true },
        ],
      }),
    }),
  ],
  controllers: [SubmissionController],
})
export class MailModule {}
