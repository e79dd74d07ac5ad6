import type { LoggerService } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { Reply } from 'smtp-engine';
import { toSmtpError } from '../exceptions/to-smtp-error.js';
import type { SmtpContext } from '../smtp.context.js';
import type { Handler } from '../smtp.handlers.js';
import { type SmtpStage, type StageInfo, stages } from '../smtp.stages.js';
import { withKeptRefusal } from './kept-refusals.js';
import { isThenable } from './promised.js';

/** Stages that have no room for a text. */
const WITHOUT_TEXT: ReadonlySet<SmtpStage> = new Set(['connect', 'secure', 'hello']);

/**
 * Runs a handler; whatever comes out of it is a value, or an SmtpError. It is a promise only where the handler gave one, or an
 * Observable.
 *
 * @param watch looks at the value
 */
export function callHandler(handler: Handler, payload: unknown, context: SmtpContext, watch?: ResultWatch): unknown {
  const take = (result: unknown): unknown => {
    const value = withKeptRefusal(result, context);
    watch?.see(value, handler, context);
    return value;
  };
  const stage = stages[context.stage];
  try {
    const result: unknown = handler.run(payload, context);
    return isDeferred(result) ? settle(result, take, stage) : take(result);
  } catch (error) {
    throw toSmtpError(error, stage);
  }
}

async function settle(deferred: unknown, take: (result: unknown) => unknown, stage: StageInfo): Promise<unknown> {
  try {
    const result = await deferred;
    return take(isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result);
  } catch (error) {
    throw toSmtpError(error, stage);
  }
}

function isDeferred(result: unknown): boolean {
  return isThenable(result) || isObservable(result);
}

/** Looks at what handlers return, and says once for each what is most likely a mistake; in development only. */
export class ResultWatch {
  private readonly isSilent = process.env['NODE_ENV'] === 'production';
  private readonly named = new Set<Handler>();

  constructor(private readonly logger: LoggerService) {}

  see(result: unknown, handler: Handler, { stage }: SmtpContext): void {
    if (this.isSilent || result === undefined || result === null || result instanceof Reply) return;
    if (stage === 'data' && Array.isArray(result)) return;
    const mayBeText = !WITHOUT_TEXT.has(stage);
    if (typeof result === 'boolean' || (mayBeText && typeof result === 'string') || this.named.has(handler)) return;
    this.named.add(handler);
    const { decorator } = stages[stage];
    const wanted = mayBeText ? 'a text, a boolean or nothing' : 'a boolean or nothing';
    this.logger.warn(
      `${handler.info.name} returned ${typeof result}, which accepts like true; at @${decorator}() return ${wanted}`,
    );
  }
}
