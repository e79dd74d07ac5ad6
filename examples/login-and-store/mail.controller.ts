import { Controller } from '@nestjs/common';
import {
  type MessageStream,
  PasswordAuth,
  ReversePath,
  Session,
  SmtpAuth,
  SmtpData,
  SmtpException,
  SmtpMailFrom,
  SmtpMessage,
  SmtpSession,
  SmtpUser,
} from 'nestjs-smtp';
import { type Account, Accounts } from './accounts.js';
import { MailFolder } from './mail-folder.js';

@Controller()
export class MailController {
  constructor(
    private readonly accounts: Accounts,
    private readonly folder: MailFolder,
  ) {}

  @SmtpAuth('PLAIN', 'LOGIN')
  login(auth: PasswordAuth) {
    return this.accounts.verify(auth.username, auth.password);
  }

  @SmtpMailFrom()
  sender({ address }: ReversePath, @SmtpUser() account: Account) {
    if (account.addresses.includes(address.toLowerCase())) return;
    throw new SmtpException(553, `${account.name} may not send as this address`, { enhanced: '5.7.1' });
  }

  @SmtpData()
  async receive(@SmtpMessage() message: MessageStream, @SmtpSession() session: Session) {
    return `kept as ${await this.folder.save(message, session)}`;
  }
}
