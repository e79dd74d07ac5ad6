import { Envelope } from '../envelope.js';
import type { MailDraft } from '../extensions/extension.js';
import { ReversePath } from '../mail-path.js';
import { parseMailArgument } from '../protocol/syntax.js';
import { Reply, replies } from '../reply.js';
import { callHook } from '../session/hook.js';
import { isPositive, then, toReply } from '../session/outcome.js';
import { Transaction } from '../session/transaction.js';
import type { Command } from './command.js';
import { needsSmtpUtf8, readParameters, readPathArgument, toArgs } from './path-parameters.js';

/** MAIL (RFC 5321 §4.1.1.2) opens a transaction; nothing of it is kept when it is refused. */
export const mail: Command = {
  verb: 'MAIL',
  syntax: 'MAIL FROM:<reverse-path> [parameters]',
  phases: ['ready'],
  outOfPhase: replies.nestedMail,
  requiresLogin: true,
  run(session, args) {
    const argument = readPathArgument('MAIL', args, session, parseMailArgument, replies.badSenderAddress);
    if (argument instanceof Reply) return argument;
    const draft = { ...argument.draft } as MailDraft;
    const problem = readParameters(argument.parameters, session.options.dialect.mailParameters, draft, session);
    if (problem !== undefined) return problem;
    const { mailbox, parameters, args: shown = parameters } = argument;
    if (needsSmtpUtf8(mailbox.address, draft.smtpUtf8, session)) return replies.smtpUtf8Required;

    const path = new ReversePath(mailbox.address, mailbox.localPart, mailbox.domain, toArgs(shown));
    const transaction = new Transaction(new Envelope(path, draft), session);
    return then(
      callHook('mail', session, () => session.backend.mail?.(path, transaction)),
      (value) => {
        const reply = toReply(value, replies.senderOk, replies.refused);
        if (!isPositive(reply)) return reply;
        session.current = transaction;
        session.transaction++;
        session.phase = 'mail';
        return reply;
      },
    );
  },
};
