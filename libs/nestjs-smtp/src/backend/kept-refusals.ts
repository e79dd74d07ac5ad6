import type { NestInterceptor } from '@nestjs/common';
import { Reply } from 'smtp-engine';
import { tap } from 'rxjs';
import { SmtpContext } from '../smtp.context.js';

const KEPT = Symbol('nestjs-smtp:kept');

/** A context with what its handler said, where nobody may turn it into a yes. */
type KeepingContext = SmtpContext & { [KEPT]?: unknown };

/**
 * The last of the global interceptors, so it sees what a handler said before they do. Those that were made for HTTP map results:
 * to `{ data: null }`, or to `''`. That would let everybody log in.
 */
export const refusalKeeper: NestInterceptor = {
  intercept(host, next) {
    const context = SmtpContext.of(host) as KeepingContext;
    return next.handle().pipe(
      tap((value: unknown) => {
        if (isRefusal(value, context) || isForEach(value, context)) context[KEPT] = value;
        else delete context[KEPT];
      }),
    );
  },
};

/** What comes out of the interceptors; but what the handler said, where they have made a yes of a no. */
export function withKeptRefusal(result: unknown, context: SmtpContext): unknown {
  return KEPT in context && !isRefusal(result, context) ? context[KEPT] : result;
}

function isRefusal(value: unknown, { stage }: SmtpContext): boolean {
  if (value instanceof Reply) return value.code >= 400;
  return value === null || value === false || (value === undefined && stage === 'auth');
}

/** A result for each recipient, with a no in it perhaps. */
function isForEach(value: unknown, { stage }: SmtpContext): boolean {
  return stage === 'data' && Array.isArray(value);
}
