import type { Command } from '../commands/command.js';
import type { MailParameters } from '../envelope.js';
import type { RcptParameters } from '../mail-path.js';
import type { Reply } from '../reply.js';
import type { Session } from '../session/session.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the parameters of MAIL have added up to so far. */
export type MailDraft = Mutable<MailParameters>;
/** What the parameters of RCPT have added up to so far. */
export type RcptDraft = Mutable<RcptParameters>;

/** Takes one parameter into the draft, or says why not. `true` stands for a keyword without a value. */
export type ParameterReader<Draft> = (value: string | true, draft: Draft, session: Session) => Reply | undefined;

/** Keyword in capitals → its reader. */
export type ParameterMap<Draft> = ReadonlyMap<string, ParameterReader<Draft>>;

/** What stands behind the keyword in EHLO; `true`: nothing; `false`: it is not offered in this session now. */
export type Offer = string | boolean;

/**
 * One ESMTP extension (RFC 5321 §2.2): all it adds to the protocol, in one place. An application gives its own with
 * `customExtensions`.
 *
 * @example
 * const xid: Extension = {
 *   keyword: 'XID',
 *   offer: () => true,
 *   mailParameters: { XID: (value, draft) => void (draft.custom = { ...draft.custom, id: value }) },
 * };
 */
export interface Extension {
  /** The EHLO keyword, in capitals. */
  readonly keyword: string;
  /** Asked at each EHLO: offer only what can succeed in this session now. */
  offer(session: Session): Offer | Promise<Offer>;
  readonly commands?: readonly Command[];
  /** Parameters of MAIL, names in capitals. */
  readonly mailParameters?: Readonly<Record<string, ParameterReader<MailDraft>>>;
  /** Parameters of RCPT, names in capitals. */
  readonly rcptParameters?: Readonly<Record<string, ParameterReader<RcptDraft>>>;
}
