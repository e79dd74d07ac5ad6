import { UseGuards } from '@nestjs/common';
import type { SmtpContext } from '../smtp.context.js';
import { SmtpThrottleGuard } from './smtp-throttle.guard.js';
import { addThrottleRules } from './throttle-metadata.js';

/** What a rule counts by. */
export type SmtpThrottleSubject = 'address' | 'user' | 'sender' | 'recipient';

/** How often a handler may run for one and the same subject. */
export interface SmtpThrottleRule {
  /**
   * `'address'`: the client, an address or the network that `clientPrefix` makes of it; `'user'`: who is logged in;
   * `'sender'`: the reverse-path; `'recipient'`: the forward-path, at DATA each of the envelope. Or a function that gives
   * a key. Whoever has no such thing is not limited by the rule.
   */
  readonly by: SmtpThrottleSubject | ((context: SmtpContext) => string | undefined);
  /** How many times in a window. */
  readonly limit: number;
  /** Length of a window in milliseconds; it begins with the first time. */
  readonly windowMs: number;
}

/**
 * Limits how often a handler runs. What is too much gets 451 4.7.1 at MAIL, RCPT and DATA, 454 4.7.0 at AUTH and 421 4.7.0
 * at connect: the client may come again. Decorators accumulate; the rules of a method are counted for that method.
 *
 * @throws TypeError, when the application is loaded, for a limit or window that is no positive number
 * @example
 * @SmtpRcptTo()
 * @SmtpThrottle({ by: 'user', limit: 500, windowMs: 3_600_000 }, { by: 'recipient', limit: 20, windowMs: 60_000 })
 * recipient(path: ForwardPath) { … }
 */
export function SmtpThrottle(...rules: readonly SmtpThrottleRule[]): MethodDecorator {
  const wrong = rules.find(({ limit, windowMs }) => !(limit > 0 && windowMs > 0));
  if (wrong !== undefined || rules.length === 0) {
    throw new TypeError('@SmtpThrottle() takes rules such as { by: "address", limit: 100, windowMs: 60_000 }');
  }
  return (target, key, descriptor) => {
    const isFirst = addThrottleRules(target, key, descriptor.value as object, rules);
    // The guard runs once, whatever the number of decorators.
    if (isFirst) UseGuards(SmtpThrottleGuard)(target, key, descriptor as never);
  };
}
