import { replies } from '../reply.js';
import { ANY_PHASE, type Command } from './command.js';

const syntax = 'VRFY address';
/** VRFY (RFC 5321 §3.5.3, §7.3): never tells which mailboxes exist. */
export const vrfy: Command = {
  verb: 'VRFY',
  syntax,
  phases: ANY_PHASE,
  run: (_session, args) => (args === '' ? replies.vrfyNeedsArgument : replies.cannotVerify),
};
