import { type DynamicModule, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
import { SmtpCounterStore } from './limits/smtp-counter.store.js';
import { SmtpHealthIndicator } from './smtp-health.indicator.js';
import { SmtpAttachment } from './smtp.attachment.js';
import { type ASYNC_OPTIONS_TYPE, ConfigurableModuleClass, type OPTIONS_TYPE } from './smtp.module-definition.js';
import { SmtpPorts } from './smtp.ports.js';
import { SmtpTransport } from './smtp.transport.js';

/**
 * Receives mail in a Nest application. Import it once, in any module: it is global, and attaches itself; the ports are
 * open when the application is up, and drained before it is gone.
 *
 * @throws SmtpSetupError at boot for options and handlers that cannot work or are unsafe, all of them together
 * @example
 * @Module({ imports: [SmtpModule.forRoot({ name: 'mail.example.com', port: 2525 })], controllers: [MailController] })
 * export class AppModule {}
 */
@Module({
  providers: [SmtpTransport, SmtpPorts, SmtpExceptionFilter, SmtpAttachment, SmtpHealthIndicator],
  exports: [SmtpTransport, SmtpCounterStore, SmtpHealthIndicator],
})
export class SmtpModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationBootstrap {
  constructor(private readonly attachment: SmtpAttachment) {
    super();
  }

  /**
   * Options as a value. Every option of the engine keeps its name; `imports`, `guards`, `tlsBeforeAuth`,
   * `unauthenticatedCommandLimit` and `counterStore` stand beside them.
   */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * Options from a factory (`useFactory`, `useClass`, `useExisting`); `imports`, `guards`, `tlsBeforeAuth`,
   * `unauthenticatedCommandLimit` and `counterStore` stand beside it.
   *
   * @example
   * SmtpModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ port: config.getOrThrow('SMTP_PORT') }),
   * })
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  onModuleInit(): void {
    this.attachment.hook();
  }

  onApplicationBootstrap(): Promise<void> {
    return this.attachment.bind();
  }
}
