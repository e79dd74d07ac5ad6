import { Module } from '@nestjs/common';
import { SmtpModule } from 'nestjs-smtp';
import { DeliveryController } from './delivery.controller.js';
import { Mailboxes } from './mailboxes.js';

@Module({
  imports: [
    SmtpModule.forRootAsync({
      useFactory: () => ({
        name: 'store.example.com',
        listeners: [
          {
            id: 'lmtp',
            lmtp: true,
            host: '127.0.0.1', // or path: '/run/mail/lmtp.sock'
            port: Number(process.env['PORT'] ?? 2525),
            // Only the mail server in front connects, on this machine; it has asked for passwords itself.
            disabledCommands: ['AUTH', 'STARTTLS'],
          },
        ],
      }),
    }),
  ],
  controllers: [DeliveryController],
  providers: [Mailboxes],
})
export class AppModule {}
