import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { SMTP_TRANSPORT } from '../smtp.constants.js';
import type { SmtpContext } from '../smtp.context.js';

/** What Nest's `setOnProcessingStartHook()` and `setOnProcessingEndHook()` set. */
export interface ProcessingHooks {
  /** Runs the handler by calling `done`, whose promise is fulfilled when the handler has ended, whatever came of it. */
  readonly start: (transportId: symbol, context: SmtpContext, done: () => Promise<void>) => unknown;
  readonly end: ((transportId: symbol, context: SmtpContext) => void) | undefined;
}

/**
 * A handler that runs between the hooks, as with the other transports of Nest: the first before any guard, the last when its
 * promise or Observable has settled. What a hook throws is a failure of the handler.
 *
 * @param hooks those that are set when a call comes; undefined: none, and then nothing is added to the call
 */
export function betweenHooks(run: MessageHandler, hooks: () => ProcessingHooks | undefined): MessageHandler {
  return (payload: unknown, context: SmtpContext) => {
    const set = hooks();
    return set === undefined ? run(payload, context) : hooked(set, () => run(payload, context), context);
  };
}

/** @returns what the handler gives; where it is an Observable, the last value */
function hooked({ start, end }: ProcessingHooks, run: () => unknown, context: SmtpContext): Promise<never> {
  return new Promise<never>((resolve, reject) => {
    const process = async (): Promise<void> => {
      const result = settle(run).finally(() => end?.(SMTP_TRANSPORT, context));
      resolve(result as Promise<never>);
      await result.catch(() => undefined);
    };
    let processing: Promise<void> | undefined;
    const returned = start(SMTP_TRANSPORT, context, () => (processing ??= process()));
    // One that is async may fail before it calls done.
    Promise.resolve(returned).catch(reject);
  });
}

async function settle(run: () => unknown): Promise<unknown> {
  const result = await run();
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
