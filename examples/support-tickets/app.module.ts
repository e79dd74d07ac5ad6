import { Module } from '@nestjs/common';
import { SmtpModule } from 'nestjs-smtp';
import { SupportController } from './support.controller.js';
import { Tickets } from './tickets.js';

@Module({
  imports: [
    SmtpModule.forRootAsync({
      useFactory: () => ({
        name: 'mx.example.com',
        host: '127.0.0.1',
        port: Number(process.env['PORT'] ?? 2525),
        size: 10 * 1024 * 1024,
        // Mail comes from other servers: nobody logs in, and the patterns of the controller say who may be written to.
        role: 'mx' as const,
      }),
    }),
  ],
  controllers: [SupportController],
  providers: [Tickets],
})
export class AppModule {}
