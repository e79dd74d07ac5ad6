import type { Backend } from '../backend.js';
import { SmtpHandlerTimeout } from './errors.js';
import { type Expiring, now } from './deadlines.js';
import { isPromise } from './outcome.js';
import type { Session } from './session.js';

/** The hooks that are waited for, and how long by default, in milliseconds. */
export const HANDLER_TIMEOUTS_MS = Object.freeze({
  connect: 30_000,
  secure: 30_000,
  hello: 30_000,
  command: 30_000,
  auth: 60_000,
  secret: 60_000,
  mail: 60_000,
  rcpt: 60_000,
  // RFC 5321 §4.5.3.2.6: a client waits ten minutes for the reply to its message; the 451 has to be there before.
  data: 540_000,
});

/** A hook that has a time limit. */
export type TimedHook = keyof typeof HANDLER_TIMEOUTS_MS & keyof Backend;

/**
 * Calls a hook of the application. One that promises and does not keep it in time is our failure, as if it had thrown;
 * what it says later is heard by nobody, so that it cannot change a dialogue that has gone on.
 *
 * @throws SmtpHandlerTimeout, as a rejection
 */
export function callHook<T>(hook: TimedHook, session: Session, call: () => T | Promise<T>): T | Promise<T> {
  const result = call();
  return isPromise(result) ? inTime(hook, session, result) : result;
}

/**
 * What a hook has promised, in time: callHook() for a hook that is called so often that a function for each call counts.
 *
 * @throws SmtpHandlerTimeout, as a rejection
 */
export function inTime<T>(hook: TimedHook, session: Session, promised: Promise<T>): Promise<T> {
  const { deadlines } = session.conversation;
  const timeoutMs = session.options.handlerTimeouts[hook];
  return new Promise<T>((resolve, reject) => {
    const watch: Expiring = {
      deadline: now() + timeoutMs,
      expire() {
        deadlines.delete(watch);
        reject(new SmtpHandlerTimeout(hook, timeoutMs));
      },
    };
    deadlines.add(watch);
    promised.then(resolve, reject).finally(() => deadlines.delete(watch));
  });
}
