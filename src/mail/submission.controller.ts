import { Controller, UseFilters, UseGuards } from '@nestjs/common';
import {
  Envelope,
  MessageStream,
  PasswordAuth,
  receivedField,
  Session,
  SmtpAuth,
  SmtpData,
  SmtpEnvelope,
  SmtpMessage,
  SmtpSession,
  SmtpUser,
} from 'nestjs-smtp';
import { type Account, AccountDirectory } from '../accounts/account-directory.js';
import { MessageStore } from '../store/message-store.js';
import { LoginBudgetGuard } from './login-budget.guard.js';
import { originOf } from './origin.js';
import { TemporaryFailureFilter } from './temporary-failure.filter.js';

/** Mail from people and devices that have an account. */
@Controller()
@UseFilters(TemporaryFailureFilter)
@UseGuards(LoginBudgetGuard)
export class SubmissionController {
  constructor(
    private readonly accounts: AccountDirectory,
    private readonly store: MessageStore,
  ) {}

  // The hashes of the directory can verify a password and nothing else: no CRAM-MD5, no SCRAM.
  @SmtpAuth('PLAIN', 'LOGIN')
  login(auth: PasswordAuth): Promise<Account | null> {
    return this.accounts.verify(auth.username, auth.password);
  }

  /** The 250 is sent when the store has made the message durable, not before. */
  @SmtpData()
  async receive(
    @SmtpMessage() message: MessageStream,
    @SmtpEnvelope() envelope: Envelope,
    @SmtpSession() session: Session,
    @SmtpUser() user: Account,
  ): Promise<string> {
    const trace = receivedField(session, { id: envelope.id });
    const { id } = await this.store.accept(message, originOf(session, envelope, user), trace);
    return `queued as ${id}`;
  }
}
