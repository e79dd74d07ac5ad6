import { replies } from '../reply.js';
import { ANY_PHASE, type Command } from './command.js';

/** RSET (RFC 5321 §4.1.1.5): drops the transaction; greeting, TLS and login stay. */
export const rset: Command = {
  verb: 'RSET',
  syntax: 'RSET',
  phases: ANY_PHASE,
  run(session) {
    session.resetTransaction();
    return replies.ok;
  },
};
