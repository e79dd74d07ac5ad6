import type { Reply } from '../reply.js';
import type { Phase, Session } from '../session/session.js';
import type { LaterAnswer } from '../session/later-answer.js';

/** What a command answers, several replies where a command has several; undefined when it has said everything itself. */
export type CommandResult = CommandAnswer | LaterAnswer | Promise<CommandAnswer | LaterAnswer>;
/** What a CommandResult comes to. */
export type CommandAnswer = Reply | readonly Reply[] | undefined;

/** One verb of RFC 5321 §4.1 or of an extension. */
export interface Command {
  readonly verb: string;
  /** For HELP and for the reply to a malformed argument. */
  readonly syntax: string;
  /** Where in the dialogue it may stand (RFC 5321 §4.1.4); elsewhere the conversation answers `outOfPhase`, 503. */
  readonly phases: readonly Phase[];
  readonly outOfPhase?: Reply;
  /** Whether an option lets it stand in the present phase too. */
  mayAlsoStand?(session: Session): boolean;
  /** Refused with 530 before login where login is required. */
  readonly requiresLogin?: true;
  /** RFC 2034 §4: replies to HELO and EHLO carry no enhanced code. */
  readonly withoutEnhancedCode?: true;
  /** The reply when something of ours fails; 451 4.3.0 unless said otherwise. */
  readonly failure?: Reply;
  /**
   * How many octets follow the command line, whatever becomes of the command, as for BDAT: those the command does not take
   * are read and dropped before its reply, and a refusal ends the transaction (RFC 3030 §2). undefined where nobody can
   * tell: the connection closes.
   */
  octetsBehind?(args: string): { readonly size: number; readonly isLast: boolean } | undefined;
  run(session: Session, args: string): CommandResult;
}

/** Verb in capitals → command. */
export type CommandMap = ReadonlyMap<string, Command>;

/** The phases after EHLO or HELO. */
export const AFTER_HELLO: readonly Phase[] = ['ready', 'mail', 'rcpt', 'bdat'];
/** All phases in which a client can speak. */
export const ANY_PHASE: readonly Phase[] = ['connected', ...AFTER_HELLO];
