import { Injectable } from '@nestjs/common';
import { AuthFailureLimitGuard, type AuthFailureLimits, SmtpCounterStore } from 'nestjs-smtp';
import { AppConfig } from '../config/app-config.js';

const WINDOW_MS = 15 * 60_000;

/**
 * MAX_LOGIN_FAILURES refused logins of one client address, and of one user name, in 15 minutes; then 421 4.7.0. It makes
 * nobody wait: the engine slows down a connection with refused logins already.
 */
@Injectable()
export class LoginBudgetGuard extends AuthFailureLimitGuard {
  private readonly limits: AuthFailureLimits;

  constructor(store: SmtpCounterStore, { maxLoginFailures }: AppConfig) {
    super(store);
    this.limits = {
      connection: false,
      address: maxLoginFailures,
      user: maxLoginFailures,
      windowMs: WINDOW_MS,
      delayMs: 0,
      maxDelayMs: 0,
    };
  }

  protected override limitsFor(): AuthFailureLimits {
    return this.limits;
  }
}
