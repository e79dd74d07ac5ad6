import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CanActivate, type ExecutionContext, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { diagnostics, replies, type Reply, type Session, SmtpError } from 'smtp-engine';
import { nameKey } from '../limits/name-key.js';
import { SmtpCounterStore } from '../limits/smtp-counter.store.js';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';

/** How many refused logins there may be; `false` means no limit. */
export interface AuthFailureLimits {
  /** On one connection. */
  readonly connection: number | false;
  /** From one client: an address, or the network that `clientPrefix` makes of it. */
  readonly address: number | false;
  /** Of one user name, from everywhere. */
  readonly user: number | false;
  /** How long failures of an address or a user are remembered, in milliseconds from the first. */
  readonly windowMs: number;
  /** How long a login waits after the second failure, in milliseconds; each further one doubles it. */
  readonly delayMs: number;
  /** The longest wait, in milliseconds. It belongs below `handlerTimeouts.auth`. */
  readonly maxDelayMs: number;
}

/** A login that is under way, counted as a failure until it proves to be none. */
interface Attempt {
  readonly username: string;
  readonly keys: readonly string[];
  readonly windowMs: number;
}

/** What the engine tells when a login has been decided. */
interface LoginDecided {
  readonly session: Session;
  readonly success: boolean;
  readonly reply: Reply;
}

const defaults: AuthFailureLimits = Object.freeze({
  connection: 5,
  address: 20,
  user: 20,
  windowMs: 15 * 60_000,
  delayMs: 500,
  maxDelayMs: 10_000,
});

/**
 * A budget of refused logins by connection, client and user. Each login waits longer, the more there were; with the
 * budget used up it gets 421 4.7.0 and the connection closes (RFC 4954 §6, RFC 5321 §3.8), whatever the password.
 * A login counts before it is decided, so that many at once do not get past, and is given back when it was right or
 * nobody could tell (4yz). Put it on the class with the `@SmtpAuth()` and `@SmtpSecret()` handlers.
 *
 * @example
 * @Injectable()
 * class StricterOutside extends AuthFailureLimitGuard {
 *   protected override limitsFor(session: Session): AuthFailureLimits {
 *     return { ...super.limitsFor(session), user: session.remoteIn('10.0.0.0/8') ? false : 5 };
 *   }
 * }
 */
@Injectable()
export class AuthFailureLimitGuard implements CanActivate, OnModuleDestroy {
  private readonly attempts = new WeakMap<Session, Attempt>();
  private isWatching = false;
  private readonly watch = (message: unknown): void => this.decided(message as LoginDecided);

  constructor(private readonly store: SmtpCounterStore) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!isSmtpContext(context)) return true;
    const smtp = SmtpContext.of(context);
    const username = usernameAt(smtp);
    if (username === undefined || this.isUnderWay(smtp, username)) return true;
    const failures = await this.spend(username, smtp.session);
    const delayMs = this.delayFor(failures, smtp.session);
    // A client that does not wait for its answer has nothing more to lose or to win here.
    if (delayMs > 0)
      await sleep(delayMs, undefined, { signal: smtp.session.signal, ref: false }).catch(() => undefined);
    return true;
  }

  onModuleDestroy(): void {
    if (this.isWatching) unsubscribe(diagnostics.auth.name, this.watch);
    this.isWatching = false;
  }

  /** The budgets that hold for a session. Default: 5 by connection, 20 by address and 20 by user in 15 minutes. */
  protected limitsFor(_session: Session): AuthFailureLimits {
    return defaults;
  }

  /** Milliseconds that a login waits after so many failures. Default: none after the first, then twice as long each time. */
  protected delayFor(failures: number, session: Session): number {
    const { delayMs, maxDelayMs } = this.limitsFor(session);
    return failures < 2 ? 0 : Math.min(delayMs * 2 ** (failures - 2), maxDelayMs);
  }

  /**
   * Counts an attempt; gives the largest number of failures before it.
   *
   * @throws SmtpError 421 4.7.0 where a budget is used up
   */
  private async spend(username: string, session: Session): Promise<number> {
    const limits = this.limitsFor(session);
    const { windowMs } = limits;
    const counters = countersOf(username, session, limits);
    this.attempts.delete(session); // one that was never decided stays a failure
    let worst = session.failedLogins;
    if (limits.connection !== false && worst >= limits.connection) throw new SmtpError(replies.tooManyFailedLogins);
    for (const [index, { key, limit }] of counters.entries()) {
      const { count } = await this.store.add(key, 1, windowMs);
      worst = Math.max(worst, count - 1);
      if (count <= limit) continue;
      // What is refused here is no failed login: others of the same network get their chance when the window is over.
      await this.giveBack({ username, windowMs, keys: counters.slice(0, index + 1).map((counter) => counter.key) });
      throw new SmtpError(replies.tooManyFailedLogins);
    }
    this.remember(session, { username, windowMs, keys: counters.map(({ key }) => key) });
    return worst;
  }

  private remember(session: Session, attempt: Attempt): void {
    if (!this.isWatching) subscribe(diagnostics.auth.name, this.watch);
    this.isWatching = true;
    this.attempts.set(session, attempt);
  }

  /** SCRAM comes by twice: when the secret is asked for, and with a proof that fits. */
  private isUnderWay({ session, stage, credentials }: SmtpContext, username: string): boolean {
    if (stage !== 'auth' || credentials?.method.startsWith('SCRAM-') !== true) return false;
    return this.attempts.get(session)?.username === username;
  }

  private decided({ session, success, reply }: LoginDecided): void {
    const attempt = this.attempts.get(session);
    if (attempt === undefined) return;
    this.attempts.delete(session);
    if (!success && !reply.isTransient) return;
    // A store that is down keeps the attempt; the next login finds that out and says so.
    this.giveBack(attempt).catch(() => undefined);
  }

  private async giveBack({ keys, windowMs }: Attempt): Promise<void> {
    for (const key of keys) await this.store.add(key, -1, windowMs);
  }
}

/** Whose login it is; undefined where there is none, and for XCLIENT, whose proxy is trusted. */
function usernameAt({ stage, credentials, subject }: SmtpContext): string | undefined {
  if (stage === 'auth') return credentials?.method === 'XCLIENT' ? undefined : credentials?.username;
  if (stage !== 'secret') return undefined;
  return (subject as { readonly username: string }).username;
}

function countersOf(
  username: string,
  session: Session,
  { address, user }: AuthFailureLimits,
): readonly { readonly key: string; readonly limit: number }[] {
  const network = session.clientNetwork;
  return [
    ...(address !== false && network !== undefined ? [{ key: `auth:address:${network}`, limit: address }] : []),
    ...(user !== false && username !== '' ? [{ key: `auth:user:${nameKey(username)}`, limit: user }] : []),
  ];
}
