import { type DynamicModule, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { SmtpExceptionFilter } from './exceptions/smtp-exception.filter.js';
import { SmtpHealthIndicator } from './smtp-health.indicator.js';
import { SmtpAttachment } from './smtp.attachment.js';
import { SMTP_OWN_TRANSPORT, SMTP_STRAY_NAMES } from './smtp.constants.js';
import { type ASYNC_OPTIONS_TYPE, ConfigurableModuleClass, type OPTIONS_TYPE } from './smtp.module-definition.js';
import { asyncNameProblems } from './smtp.option-names.js';
import { SmtpPorts } from './smtp.ports.js';
import { SmtpTransport } from './smtp.transport.js';
import { getSmtpTransportToken } from './smtp.transport-token.js';

/**
 * Receives mail in a Nest application. Import it once, in any module: it is global, and attaches itself; the ports are
 * open when the application is up, and drained before it is gone. A second one needs a `transport` name of its own.
 *
 * @throws SmtpSetupError at boot for options and handlers that cannot work or are unsafe, all of them together
 * @example
 * @Module({ imports: [SmtpModule.forRoot({ name: 'mail.example.com', port: 2525 })], controllers: [MailController] })
 * export class AppModule {}
 */
@Module({
  providers: [SmtpPorts, SmtpExceptionFilter, SmtpAttachment, SmtpHealthIndicator],
  exports: [SmtpHealthIndicator],
})
export class SmtpModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationBootstrap {
  constructor(private readonly attachment: SmtpAttachment) {
    super();
  }

  /**
   * Options as a value. Every option of the engine keeps its name; `transport`, `imports`, `guards`, `tlsBeforeAuth`,
   * `unauthenticatedCommandLimit` and `counterStore` stand beside them.
   */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return withTransport(super.forRoot(options), options.transport);
  }

  /**
   * Options from a factory (`useFactory`, `useClass`, `useExisting`); `transport`, `imports`, `guards`, `tlsBeforeAuth`,
   * `unauthenticatedCommandLimit` and `counterStore` stand beside it.
   *
   * @example
   * SmtpModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ port: config.getOrThrow('SMTP_PORT') }),
   * })
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return withTransport(super.forRootAsync(options), options.transport, asyncNameProblems(options));
  }

  onModuleInit(): void {
    this.attachment.hook();
  }

  onApplicationBootstrap(): Promise<void> {
    return this.attachment.bind();
  }
}

/** The transport, under the token its name gives it, and under the one the module's own providers know. */
function withTransport(definition: DynamicModule, name?: string, stray: readonly string[] = []): DynamicModule {
  const token = getSmtpTransportToken(name);
  return {
    ...definition,
    providers: [
      ...(definition.providers ?? []),
      { provide: token, useClass: SmtpTransport },
      { provide: SMTP_OWN_TRANSPORT, useExisting: token },
      { provide: SMTP_STRAY_NAMES, useValue: stray },
    ],
    exports: [...(definition.exports ?? []), token],
  };
}
