import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { SmtpTransport } from './smtp.transport.js';

/**
 * Options of an application that does SMTP only; its ports open with `app.listen()`. AppModule imports
 * `SmtpModule.forRoot()`, which has the rest.
 *
 * @example
 * const app = await NestFactory.createMicroservice(AppModule, smtpMicroservice());
 * await app.listen();
 */
export function smtpMicroservice(): AsyncMicroserviceOptions {
  return {
    inject: [SmtpTransport],
    useFactory: (transport: SmtpTransport) => {
      transport.claim();
      return { strategy: transport };
    },
  };
}

/**
 * Leaves it to an HTTP application when the SMTP ports open: with `app.startAllMicroservices()`. Without it, and without
 * `autoListen: false`, they open by themselves when the application is up.
 *
 * @example
 * connectSmtp(app);
 * await app.init();
 * await app.startAllMicroservices();
 */
export function connectSmtp(app: INestApplication): INestMicroservice {
  return app.connectMicroservice<AsyncMicroserviceOptions>(smtpMicroservice(), { inheritAppConfig: true });
}
