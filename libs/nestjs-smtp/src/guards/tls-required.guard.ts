import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reply, type Session, SmtpError } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';
import { isWithinTransaction } from './transaction-steps.js';

/** RFC 3207 §4. */
const mustIssueStartTls = new Reply(530, '5.7.0', 'Must issue a STARTTLS command first');

/**
 * Mail only over TLS: MAIL, RCPT and DATA get 530 5.7.0 on a clear connection (RFC 3207 §4). It lets all else pass;
 * for AUTH there is TlsBeforeAuthGuard. A server that takes mail from anywhere must not insist on TLS (RFC 3207 §4), so
 * bind it to handlers of your own users, or exempt sessions.
 *
 * @example
 * class PartnersUseTls extends TlsRequiredGuard {
 *   protected override isExempt(session: Session) { return session.listener === 'mx'; }
 * }
 */
@Injectable()
export class TlsRequiredGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!isSmtpContext(context)) return true;
    const smtp = SmtpContext.of(context);
    if (!isWithinTransaction(smtp) || smtp.session.secure || (await this.isExempt(smtp.session))) return true;
    throw new SmtpError(mustIssueStartTls);
  }

  /** Whether this session may go on in clear. Default: no. */
  protected isExempt(_session: Session): boolean | Promise<boolean> {
    return false;
  }
}
