import { replies } from '../reply.js';
import { ANY_PHASE, type Command } from './command.js';

/** NOOP (RFC 5321 §4.1.1.9); an argument is read over. */
export const noop: Command = { verb: 'NOOP', syntax: 'NOOP', phases: ANY_PHASE, run: () => replies.ok };
