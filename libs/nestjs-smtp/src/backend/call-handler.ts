import type { LoggerService } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { Reply } from 'smtp-engine';
import { toSmtpError } from '../exceptions/to-smtp-error.js';
import type { SmtpContext } from '../smtp.context.js';
import type { Handler } from '../smtp.handlers.js';
import { stages } from '../smtp.stages.js';
import { withKeptRefusal } from './kept-refusals.js';

/** Runs a handler through Nest; whatever comes out of it is a value, or an SmtpError. */
export async function callHandler(handler: Handler, payload: unknown, context: SmtpContext): Promise<unknown> {
  try {
    const result: unknown = await handler.run(payload, context);
    const last = isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
    return withKeptRefusal(last, context);
  } catch (error) {
    throw toSmtpError(error, stages[context.stage]);
  }
}

/** Looks at what handlers return, and says once for each what is most likely a mistake; in development only. */
export class ResultWatch {
  private readonly isSilent = process.env['NODE_ENV'] === 'production';
  private readonly named = new Set<Handler>();

  constructor(private readonly logger: LoggerService) {}

  /** @param mayBeText the stage has room for a text */
  see(result: unknown, handler: Handler, { stage }: SmtpContext, mayBeText = true): void {
    if (this.isSilent || result === undefined || result === null || result instanceof Reply) return;
    if (typeof result === 'boolean' || (mayBeText && typeof result === 'string') || this.named.has(handler)) return;
    this.named.add(handler);
    const { decorator } = stages[stage];
    const wanted = mayBeText ? 'a text, a boolean or nothing' : 'a boolean or nothing';
    this.logger.warn(
      `${handler.info.name} returned ${typeof result}, which accepts like true; at @${decorator}() return ${wanted}`,
    );
  }
}
