import { Reply } from '../reply.js';

/** What a hook said, as a reply; see HookResult. */
export function toReply(value: unknown, accepted: Reply, refused: Reply): Reply {
  if (value === undefined || value === true) return accepted;
  if (value === false || value === null) return refused;
  if (value instanceof Reply) return value;
  return typeof value === 'string' ? new Reply(accepted.code, accepted.enhanced, value) : accepted;
}

/** Whether a reply says yes. */
export function isPositive(reply: Reply): boolean {
  return reply.code < 400;
}

/** Goes on with a value or a promised value; no promise is made where a value serves. */
export function then<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Does something that may throw or reject; goes on with what it gave, or with what went wrong. */
export function attempt<T, R>(
  action: () => T | Promise<T>,
  next: (value: T) => R | Promise<R>,
  failed: (error: unknown) => R | Promise<R>,
): R | Promise<R> {
  try {
    const value = action();
    return isPromise(value) ? value.then(next, failed) : next(value);
  } catch (error) {
    return failed(error);
  }
}

/** Does something that may throw or reject, and in any case something afterwards. */
export function whatever<T>(action: () => T | Promise<T>, afterwards: () => void): T | Promise<T> {
  return attempt<T, T>(
    action,
    (value) => {
      afterwards();
      return value;
    },
    (error) => {
      afterwards();
      throw error;
    },
  );
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
