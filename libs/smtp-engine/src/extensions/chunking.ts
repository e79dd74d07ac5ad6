import type { Command } from '../commands/command.js';
import { parseChunkArgument } from '../protocol/chunk-decoder.js';
import { replies } from '../reply.js';
import { receivePart } from '../session/message-part.js';
import type { Extension } from './extension.js';

/** BDAT (RFC 3030 §2): a chunk of the message, with its length and without transparency. */
const bdat: Command = {
  verb: 'BDAT',
  syntax: 'BDAT chunk-size [LAST]',
  phases: ['rcpt', 'bdat'],
  outOfPhase: replies.needRecipient,
  requiresLogin: true,
  octetsBehind: parseChunkArgument,
  run(session, args) {
    const { size, isLast, isMalformed } = parseChunkArgument(args)!;
    if (isMalformed) return replies.badChunkArgument;
    return receivePart(session, {
      decoder: session.conversation.chunkDecoder,
      invitation: undefined,
      isLast,
      octets: size,
    });
  },
};

/** CHUNKING (RFC 3030): the message in chunks that say how long they are. */
export const chunking: Extension = {
  keyword: 'CHUNKING',
  offer: ({ options }) => !options.hideCHUNKING && !options.disabledCommands.has('BDAT'),
  commands: [bdat],
};
