import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { SmtpError } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';
import { stages } from '../smtp.stages.js';
import { nameKey } from './name-key.js';
import { SmtpCounterStore } from './smtp-counter.store.js';
import type { SmtpThrottleRule } from './smtp-throttle.decorator.js';
import { throttled } from './throttle-metadata.js';

/** Holds the rules of `@SmtpThrottle()`, which binds it by itself. */
@Injectable()
export class SmtpThrottleGuard implements CanActivate {
  constructor(private readonly store: SmtpCounterStore) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const method = throttled(context.getHandler());
    if (method === undefined || !isSmtpContext(context)) return true;
    const smtp = SmtpContext.of(context);
    for (const [index, { by, limit, windowMs }] of method.rules.entries()) {
      for (const key of keysOf(by, smtp)) {
        const { count } = await this.store.add(`throttle:${method.name}:${index}:${nameKey(key)}`, 1, windowMs);
        if (count > limit) throw new SmtpError(stages[smtp.stage].failures.tooMany);
      }
    }
    return true;
  }
}

function keysOf(by: SmtpThrottleRule['by'], context: SmtpContext): readonly string[] {
  if (by === 'recipient') return recipientsOf(context);
  const key = typeof by === 'function' ? by(context) : subjectOf(by, context);
  return key === undefined ? [] : [key];
}

function subjectOf(by: 'address' | 'user' | 'sender', context: SmtpContext): string | undefined {
  if (by === 'address') return context.session.clientNetwork;
  if (by === 'user') return userKey(context.user);
  return context.stage === 'mail' ? context.path?.address : context.envelope?.mailFrom.address;
}

function recipientsOf({ stage, path, envelope }: SmtpContext): readonly string[] {
  if (stage === 'rcpt') return path === undefined ? [] : [path.address];
  return envelope?.rcptTo.map(({ address }) => address) ?? [];
}

/** What a user is told from others by. */
function userKey(user: unknown): string | undefined {
  if (user === undefined || user === null) return undefined;
  const { id, username, email } = user as Record<string, unknown>;
  const key = [user, id, username, email].find((value) => typeof value === 'string' || typeof value === 'number');
  if (key !== undefined) return String(key);
  throw new TypeError('a user without id, username and email cannot be throttled; give @SmtpThrottle() a function');
}
