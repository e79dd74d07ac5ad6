import type { Command } from '../commands/command.js';
import type { Reply } from '../reply.js';
import type { Session } from '../session/session.js';

/** What the parameters of MAIL add up to. */
export interface MailDraft {
  bodyType: '7bit' | '8bitmime';
  smtpUtf8: boolean;
  declaredSize: number | undefined;
}

/** Takes one parameter into the draft, or says why not. `true` stands for a keyword without a value. */
export type ParameterReader<Draft> = (value: string | true, draft: Draft, session: Session) => Reply | undefined;

/** Keyword in capitals → its reader. */
export type ParameterMap<Draft> = ReadonlyMap<string, ParameterReader<Draft>>;

/** One ESMTP extension (RFC 5321 §2.2): all it adds to the protocol, in one place. */
export interface Extension {
  /** Its EHLO line, where it can be used in this session now. */
  offer?(session: Session): string | undefined | Promise<string | undefined>;
  readonly commands?: readonly Command[];
  readonly mailParameters?: Readonly<Record<string, ParameterReader<MailDraft>>>;
  readonly rcptParameters?: Readonly<Record<string, ParameterReader<object>>>;
}
