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
            // Only the mail server in front connects, on this machine; it has asked for passwords itself.
            role: 'lmtp' as const,
            host: '127.0.0.1', // or path: '/run/mail/lmtp.sock' instead of host and port
            port: Number(process.env['PORT'] ?? 2525),
          },
        ],
      }),
    }),
  ],
  controllers: [DeliveryController],
  providers: [Mailboxes],
})
export class AppModule {}
