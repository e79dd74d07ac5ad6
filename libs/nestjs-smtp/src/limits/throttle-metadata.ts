import 'reflect-metadata';
import type { SmtpThrottleRule } from './smtp-throttle.decorator.js';

const RULES = Symbol('nestjs-smtp:throttle');

/** The rules of a handler method, and what its counters are called. */
export interface ThrottledMethod {
  readonly name: string;
  readonly rules: readonly SmtpThrottleRule[];
}

/** Undefined for a method without rules. */
export function throttled(method: object): ThrottledMethod | undefined {
  return Reflect.getOwnMetadata(RULES, method) as ThrottledMethod | undefined;
}

/** Adds rules to a method; whether they are its first. */
export function addThrottleRules(
  target: object,
  key: string | symbol,
  method: object,
  added: readonly SmtpThrottleRule[],
): boolean {
  const earlier = throttled(method)?.rules;
  const name = `${target.constructor.name}.${String(key)}`;
  Reflect.defineMetadata(RULES, { name, rules: [...(earlier ?? []), ...added] } satisfies ThrottledMethod, method);
  return earlier === undefined;
}
