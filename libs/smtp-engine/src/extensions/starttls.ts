import { ANY_PHASE, type Command } from '../commands/command.js';
import { replies } from '../reply.js';
import type { Extension } from './extension.js';

const startTls: Command = {
  verb: 'STARTTLS',
  syntax: 'STARTTLS',
  // RFC 3207 §4: allowed at any time; §4.2 resets the dialogue, so a transaction would be lost.
  phases: ANY_PHASE,
  async run({ conversation }, args) {
    if (args !== '') return replies.startTlsTakesNoArgument;
    if (conversation.transport.secure) return replies.tlsActive;
    if (!conversation.tlsAvailable) return replies.tlsNotAvailable;
    conversation.tell(replies.readyForTls);
    await conversation.startTls();
    return undefined;
  },
};

/** STARTTLS (RFC 3207). */
export const starttls: Extension = {
  keyword: 'STARTTLS',
  offer({ conversation, options }) {
    const useful = !conversation.transport.secure && conversation.tlsAvailable;
    return useful && !options.hideSTARTTLS && !options.disabledCommands.has('STARTTLS');
  },
  commands: [startTls],
};
