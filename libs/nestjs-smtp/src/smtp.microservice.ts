import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import type { SmtpTransport } from './smtp.transport.js';
import { getSmtpTransportToken } from './smtp.transport-token.js';

/** Which transport is meant, where the application has several. */
export interface SmtpTransportChoice {
  /** Its name. Default: `'default'`, the one without. */
  readonly transport?: string;
}

/**
 * Options of an application that does SMTP only; its ports open with `app.listen()`. AppModule imports
 * `SmtpModule.forRoot()`, which has the rest. Further transports open theirs by themselves.
 *
 * @example
 * const app = await NestFactory.createMicroservice(AppModule, smtpMicroservice());
 * await app.listen();
 */
export function smtpMicroservice({ transport: name }: SmtpTransportChoice = {}): AsyncMicroserviceOptions {
  return {
    inject: [getSmtpTransportToken(name)],
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
export function connectSmtp(app: INestApplication, choice: SmtpTransportChoice = {}): INestMicroservice {
  return app.connectMicroservice<AsyncMicroserviceOptions>(smtpMicroservice(choice), { inheritAppConfig: true });
}
