import type { SMTPServerHandlers } from './types.js';

/** What a handler came to: the arguments of its callback. */
export interface Outcome {
  readonly error: unknown;
  readonly value: unknown;
}

/** A handler threw, or rejected, without saying that it means a refusal: our failure, of which no client learns anything. */
export class HandlerFailure extends Error {
  constructor(
    readonly handler: string,
    cause: unknown,
  ) {
    super(`${handler} failed`, { cause });
  }
}

type Handler = keyof SMTPServerHandlers;
type Arguments<H extends Handler> = Parameters<SMTPServerHandlers[H]> extends [...infer First, unknown] ? First : never;

/**
 * Calls a handler of the application, which is looked up now and has the server for `this`. It answers by its callback or
 * by a promise, whichever comes first; that of a function which takes a callback counts only when it promises a value.
 *
 * @throws HandlerFailure, as a rejection
 */
export function callHandler<H extends Exclude<Handler, 'onClose'>>(
  server: SMTPServerHandlers,
  handler: H,
  ...given: Arguments<H>
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const call = server[handler] as (...args: unknown[]) => unknown;
    const takesCallback = call.length > given.length;
    const failed = (cause: unknown): void => {
      if (isRefusal(cause)) resolve({ error: cause, value: undefined });
      else reject(new HandlerFailure(handler, cause));
    };
    try {
      const result = call.call(server, ...given, (error?: unknown, value?: unknown) => resolve({ error, value }));
      if (!isThenable(result)) return;
      result.then((value) => {
        if (value !== undefined || !takesCallback) resolve({ error: undefined, value });
      }, failed);
    } catch (cause) {
      failed(cause);
    }
  });
}

/** An error that says its reply code was made for the client. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && (error as { responseCode?: unknown }).responseCode !== undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}
