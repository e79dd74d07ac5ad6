import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type MailPath, Reply, SmtpError } from 'smtp-engine';
import { isSmtpContext, SmtpContext } from '../smtp.context.js';
import { isWithinTransaction } from './transaction-steps.js';

/** RFC 6409 §6.1: a submission server may refuse a sender that the login has no right to. */
const notYourAddress = new Reply(550, '5.7.1', 'Sender address is not yours');

/**
 * Users send as themselves: at MAIL, RCPT and DATA a sender that is none of the addresses of who is logged in gets
 * 550 5.7.1 (RFC 6409 §6.1). Sessions without login pass, as AuthenticatedGuard is there for them, and so does the null
 * sender `<>` of delivery reports (RFC 5321 §4.5.5). Addresses are compared without regard to case.
 *
 * @example
 * @Injectable()
 * class OwnAddresses extends SenderMatchesUserGuard {
 *   protected override addressesOf(user: User) { return [user.email, ...user.aliases]; }
 * }
 */
@Injectable()
export class SenderMatchesUserGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!isSmtpContext(context)) return true;
    const smtp = SmtpContext.of(context);
    if (!isWithinTransaction(smtp) || !smtp.session.isAuthenticated) return true;
    const sender = senderAt(smtp);
    if (sender === undefined || sender.address === '') return true;
    if (await this.mayUse(sender, smtp)) return true;
    throw new SmtpError(notYourAddress);
  }

  /** Whether who is logged in may send from there. Default: it is one of `addressesOf()`, without regard to case. */
  protected async mayUse(sender: MailPath, context: SmtpContext): Promise<boolean> {
    const own = await this.addressesOf(context.user);
    const wanted = sender.address.toLowerCase();
    return [...own].some((address) => address.toLowerCase() === wanted);
  }

  /**
   * The addresses a user may send from.
   * Default: the strings among its `email`, `username` and `addresses` (a list); none for anything else, so that a user
   * object of another shape sends nothing before this method is overridden.
   */
  protected addressesOf(user: unknown): Iterable<string> | Promise<Iterable<string>> {
    if (typeof user !== 'object' || user === null) return [];
    const { email, username, addresses } = user as Record<string, unknown>;
    const all: readonly unknown[] = [email, username, ...(Array.isArray(addresses) ? (addresses as unknown[]) : [])];
    return all.filter((address) => typeof address === 'string');
  }
}

/** At MAIL it is the path at hand, afterwards that of the envelope; unknown for a bare MAIL command. */
function senderAt({ stage, path, envelope }: SmtpContext): MailPath | undefined {
  return stage === 'mail' ? path : envelope?.mailFrom;
}
