import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { replies, SmtpError } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';
import { isWithinTransaction } from './transaction-steps.js';

/**
 * Mail only from who is logged in: MAIL, RCPT and DATA get 530 5.7.0 before login (RFC 4954 §6). It lets connect,
 * secure, hello, AUTH, close and all other commands pass, and whatever is no SMTP at all, so it may be bound globally.
 * The engine holds the rule by itself unless `authOptional` is set; the guard is for single handlers then.
 *
 * @example
 * @SmtpData()
 * @UseGuards(AuthenticatedGuard)
 * submit(@SmtpMessage() message: MessageStream) { … }
 */
@Injectable()
export class AuthenticatedGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!isSmtpContext(context)) return true;
    const smtp = SmtpContext.of(context);
    if (!isWithinTransaction(smtp) || smtp.session.isAuthenticated) return true;
    throw new SmtpError(replies.authenticationRequired);
  }
}
