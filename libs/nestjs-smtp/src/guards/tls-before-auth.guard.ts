import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { mayAuthenticate, replies, type Session, SmtpError } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';

/**
 * TLS before AUTH (RFC 4954 §4, RFC 8314 §3.3): on a clear connection AUTH gets 538 5.7.11, and EHLO does not offer it.
 * On by default. Extend it to exempt sessions; `allowInsecureAuth: true` lifts the rule altogether.
 *
 * @example
 * class OfficeMayLogInInClear extends TlsBeforeAuthGuard {
 *   protected override isExempt(session: Session) { return session.remoteIn('10.0.0.0/8'); }
 * }
 * SmtpModule.forRoot({ tlsBeforeAuth: OfficeMayLogInInClear })
 */
@Injectable()
export class TlsBeforeAuthGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!isSmtpContext(context)) return true;
    const { command, session } = SmtpContext.of(context);
    if (command.verb !== 'AUTH' || mayAuthenticate(session) || (await this.isExempt(session))) return true;
    throw new SmtpError(replies.encryptionRequired);
  }

  /**
   * Whether this session may log in without TLS. Asked at EHLO and at AUTH and never remembered; a throw means no.
   * Default: no.
   */
  protected isExempt(_session: Session): boolean | Promise<boolean> {
    return false;
  }
}
