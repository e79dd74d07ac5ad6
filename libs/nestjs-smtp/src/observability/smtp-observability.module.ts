import { type DynamicModule, Inject, Logger, Module, type OnApplicationBootstrap, type Provider } from '@nestjs/common';
import { APP_INTERCEPTOR, ModulesContainer } from '@nestjs/core';
import { SmtpSetupError } from '../exceptions/smtp-setup.error.js';
import { SMTP_OBSERVERS, SMTP_TRACING } from '../smtp.constants.js';
import { transportsIn } from '../smtp.transports.js';
import { DialogueLog, type SmtpLogOptions } from './dialogue-log.js';
import { type SessionObserver, watchSessions } from './session-observer.js';
import { type OpenTelemetry, SmtpTracing } from './smtp-tracing.js';
import { SmtpTracingInterceptor } from './smtp-tracing.interceptor.js';
import { SmtpMetrics } from './smtp.metrics.js';

/** What is to be observed. */
export interface SmtpObservabilityOptions {
  /** Write the dialogues to Nest's Logger, context `Smtp`, redacted. Default: false. */
  readonly log?: boolean | SmtpLogOptions;
  /** Count, for `SmtpMetrics`. Default: true. */
  readonly metrics?: boolean;
  /** Spans by @opentelemetry/api, which must be installed. Default: false. */
  readonly tracing?: boolean;
}

/**
 * Log, metrics and traces of all SMTP transports. Import it beside SmtpModule; without it, watching costs nothing.
 *
 * @throws SmtpSetupError at boot where `tracing` is wanted and @opentelemetry/api is not installed
 * @example @Module({ imports: [SmtpModule.forRoot({ … }), SmtpObservabilityModule.forRoot({ log: true, tracing: true })] })
 */
@Module({})
export class SmtpObservabilityModule implements OnApplicationBootstrap {
  constructor(
    private readonly modules: ModulesContainer,
    @Inject(SMTP_OBSERVERS) private readonly observers: readonly SessionObserver[],
  ) {}

  static forRoot(options: SmtpObservabilityOptions = {}): DynamicModule {
    const { log = false, metrics = true, tracing = false } = options;
    const tracers: Provider[] = [
      { provide: SMTP_TRACING, useFactory: async () => new SmtpTracing(await openTelemetry()) },
      { provide: APP_INTERCEPTOR, useClass: SmtpTracingInterceptor },
    ];
    const observers: Provider = {
      provide: SMTP_OBSERVERS,
      inject: [SmtpMetrics, { token: SMTP_TRACING, optional: true }],
      useFactory: (counting: SmtpMetrics, traces?: SmtpTracing): readonly SessionObserver[] => [
        ...(log === false ? [] : [new DialogueLog(new Logger('Smtp'), log === true ? {} : log)]),
        ...(metrics ? [counting] : []),
        ...(traces === undefined ? [] : [traces]),
      ],
    };
    return {
      module: SmtpObservabilityModule,
      global: true,
      providers: [SmtpMetrics, observers, ...(tracing ? tracers : [])],
      exports: [SmtpMetrics],
    };
  }

  onApplicationBootstrap(): void {
    for (const transport of transportsIn(this.modules)) {
      const stop = watchSessions((session) => transport.serves(session), this.observers);
      transport.on('close', stop);
    }
  }
}

async function openTelemetry(): Promise<OpenTelemetry> {
  return import('@opentelemetry/api').catch(() => {
    throw new SmtpSetupError(['tracing: true needs @opentelemetry/api: npm install @opentelemetry/api']);
  });
}
