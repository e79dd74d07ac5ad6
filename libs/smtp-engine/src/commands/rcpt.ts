import type { RcptDraft } from '../extensions/extension.js';
import { ForwardPath } from '../mail-path.js';
import { parseRcptArgument } from '../protocol/syntax.js';
import { Reply, replies } from '../reply.js';
import { inTime } from '../session/hook.js';
import { isPositive, isPromise, toReply } from '../session/outcome.js';
import type { Transaction } from '../session/transaction.js';
import type { Command } from './command.js';
import { needsSmtpUtf8, readParameters, readPathArgument, toArgs } from './path-parameters.js';

/** RCPT (RFC 5321 §4.1.1.3) adds a recipient. */
export const rcpt: Command = {
  verb: 'RCPT',
  syntax: 'RCPT TO:<forward-path> [parameters]',
  phases: ['mail', 'rcpt'],
  outOfPhase: replies.needMail,
  requiresLogin: true,
  run(session, args) {
    const transaction = session.current!;
    const { envelope } = transaction;
    const argument = readPathArgument('RCPT', args, session, parseRcptArgument, replies.badRecipientAddress);
    if (argument instanceof Reply) return argument;
    const draft = { ...argument.draft } as RcptDraft;
    const problem = readParameters(argument.parameters, session.options.dialect.rcptParameters, draft, session);
    if (problem !== undefined) return problem;
    const { mailbox, parameters, args: shown = parameters } = argument;
    if (needsSmtpUtf8(mailbox.address, envelope.smtpUtf8, session)) return replies.smtpUtf8Required;

    const path = new ForwardPath(mailbox.address, mailbox.localPart, mailbox.domain, toArgs(shown), draft);
    // RFC 5321 §4.5.3.1.10: 452, so that the client sends the rest in another transaction.
    if (transaction.isFullFor(path)) return replies.tooManyRecipients;
    const said = session.backend.rcpt?.(path, transaction);
    if (!isPromise(said)) return add(path, transaction, said);
    return inTime('rcpt', session, said).then((value) => add(path, transaction, value));
  },
};

/** Adds a recipient where the hook does not say no. */
function add(path: ForwardPath, transaction: Transaction, said: unknown): Reply {
  const reply = toReply(said, replies.recipientOk, replies.mailboxUnavailable);
  if (!isPositive(reply)) return reply;
  transaction.addRecipient(path);
  transaction.session.phase = 'rcpt';
  return reply;
}
