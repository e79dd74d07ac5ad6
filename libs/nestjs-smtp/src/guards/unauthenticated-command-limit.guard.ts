import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { countsAsUnauthenticated, exceedsUnauthenticatedLimit, replies, type Session, SmtpError } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';

/**
 * The cap on commands before login where login is required: commands 1 to `maxAllowedUnauthenticatedCommands`
 * (default 10) are answered, the next one gets 421 4.7.0 and the connection closes (RFC 5321 §3.8). AUTH and its lines,
 * STARTTLS and QUIT do not count; EHLO and STARTTLS do not begin anew. On by default. Extend it to exempt sessions;
 * `maxAllowedUnauthenticatedCommands: false` lifts the rule altogether.
 *
 * @example
 * class MonitoringMayTalk extends UnauthenticatedCommandLimitGuard {
 *   protected override isExempt(session: Session) { return session.remoteIn('10.1.2.3'); }
 * }
 * SmtpModule.forRoot({ unauthenticatedCommandLimit: MonitoringMayTalk })
 */
@Injectable()
export class UnauthenticatedCommandLimitGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!isSmtpContext(context)) return true;
    const { command, session } = SmtpContext.of(context);
    const applies = session.loginRequired && !session.isAuthenticated && countsAsUnauthenticated(command.verb);
    if (!applies || !exceedsUnauthenticatedLimit(session) || (await this.isExempt(session))) return true;
    throw new SmtpError(replies.tooManyUnauthenticatedCommands);
  }

  /** Whether the cap does not hold for this session. Asked when it is exceeded, never remembered; a throw means no. Default: no. */
  protected isExempt(_session: Session): boolean | Promise<boolean> {
    return false;
  }
}
