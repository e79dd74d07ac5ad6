import { ForwardPath } from '../envelope.js';
import type { RcptDraft } from '../extensions/extension.js';
import { parseRcptArgument } from '../protocol/syntax.js';
import { Reply, replies } from '../reply.js';
import { callHook } from '../session/hook.js';
import { isPositive, then, toReply } from '../session/outcome.js';
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
    return then(
      callHook('rcpt', session, () => session.backend.rcpt?.(path, transaction)),
      (value) => {
        const reply = toReply(value, replies.recipientOk, replies.mailboxUnavailable);
        if (!isPositive(reply)) return reply;
        transaction.addRecipient(path);
        session.phase = 'rcpt';
        return reply;
      },
    );
  },
};
