import { DataDecoder } from '../protocol/data-decoder.js';
import { replies } from '../reply.js';
import { receivePart } from '../session/message-part.js';
import type { Command } from './command.js';

/** DATA (RFC 5321 §4.1.1.4): the message. Its reply ends the transaction, whatever it says. */
export const data: Command = {
  verb: 'DATA',
  syntax: 'DATA',
  phases: ['rcpt'],
  outOfPhase: replies.needRecipient,
  requiresLogin: true,
  run(session, args) {
    if (args !== '' && session.options.commandSyntax === 'strict') return replies.dataTakesNoArgument;
    // RFC 3030 §3: binary data has no line ends to count on.
    if (session.current!.envelope.bodyType === 'binarymime') return replies.binaryNeedsBdat;
    const decoder = new DataDecoder(session.options.transparency);
    return receivePart(session, { decoder, invitation: replies.startMailInput, isLast: true });
  },
};
