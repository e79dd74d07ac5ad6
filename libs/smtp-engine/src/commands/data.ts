import { diagnostics } from '../diagnostics.js';
import { replies } from '../reply.js';
import type { Command } from './command.js';

/** DATA (RFC 5321 §4.1.1.4): the message. Its reply ends the transaction, whatever it says. */
export const data: Command = {
  verb: 'DATA',
  syntax: 'DATA',
  phases: ['rcpt'],
  outOfPhase: replies.needRecipient,
  requiresLogin: true,
  async run(session, args) {
    if (args !== '') return replies.dataTakesNoArgument;
    if (session.backend.data === undefined) return replies.noMessageService;
    const transaction = session.current!;
    const { reply, byteLength } = await session.conversation.receive();
    session.resetTransaction();
    if (diagnostics.message.hasSubscribers) diagnostics.message.publish({ session, transaction, byteLength, reply });
    return reply;
  },
};
