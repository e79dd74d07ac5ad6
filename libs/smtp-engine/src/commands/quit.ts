import { replies } from '../reply.js';
import { ANY_PHASE, type Command } from './command.js';

/** QUIT (RFC 5321 §4.1.1.10): a transaction that is open is dropped. */
export const quit: Command = {
  verb: 'QUIT',
  syntax: 'QUIT',
  phases: ANY_PHASE,
  run(session) {
    session.resetTransaction();
    session.phase = 'closing';
    return replies.goodbye;
  },
};
