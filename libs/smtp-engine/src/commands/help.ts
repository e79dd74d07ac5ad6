import { replies } from '../reply.js';
import { ANY_PHASE, type Command } from './command.js';

/** HELP (RFC 5321 §4.1.1.8). */
export const help: Command = { verb: 'HELP', syntax: 'HELP', phases: ANY_PHASE, run: () => replies.help };
