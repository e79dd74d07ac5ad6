import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { finalize, type Observable, tap } from 'rxjs';
import { SMTP_TRACING } from '../smtp.constants.js';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';
import type { SmtpTracing } from './smtp-tracing.js';

/** Gives each SMTP handler a span; SmtpObservabilityModule binds it where tracing is asked for. */
@Injectable()
export class SmtpTracingInterceptor implements NestInterceptor {
  constructor(@Inject(SMTP_TRACING) private readonly tracing: SmtpTracing) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isSmtpContext(context)) return next.handle();
    const name = `${context.getClass().name}.${context.getHandler().name}`;
    const { result, span } = this.tracing.handler(name, SmtpContext.of(context), () => next.handle());
    return result.pipe(
      tap({ error: (error: unknown) => this.tracing.failed(span, error) }),
      finalize(() => span.end()),
    );
  }
}
