/** Goes on with a value or a promised value; no promise is made where a value serves. */
export function then<R>(value: unknown, next: (value: unknown) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does something that may throw or promise; what goes wrong either way goes to `failed`, which throws what it makes of it. */
export function attempt(action: () => unknown, failed: (error: unknown) => never): unknown {
  try {
    const value = action();
    return value instanceof Promise ? value.catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
