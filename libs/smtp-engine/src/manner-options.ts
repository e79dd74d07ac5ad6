import type { Transparency } from './protocol/data-decoder.js';
import type { MailParameters } from './envelope.js';
import type { RcptParameters } from './mail-path.js';
import type { PathArgument } from './protocol/syntax.js';
import type { Reply } from './reply.js';
import { mechanisms } from './sasl/index.js';
import type { Mechanism } from './sasl/mechanism.js';
import type { Session } from './session/session.js';

/** Where in a dialogue a reply is said. */
export interface ReplyContext {
  readonly session: Session;
  /** The command it answers, in capitals; `''` for a line that is none, and where no command is answered: a time limit. */
  readonly verb: string;
  /** What follows the verb. For AUTH it may hold a secret: it is for no log. */
  readonly args: string;
}

/**
 * Says a reply in other words: what it gives is sent instead, and a 421 ends the connection. It must not throw.
 *
 * @example (reply) => (reply === replies.goodbye ? new Reply(221, '2.0.0', 'Bye') : reply)
 */
export type Rephrase = (reply: Reply, context: ReplyContext) => Reply;

/** What a PathReader has read. */
export interface ReadPath extends PathArgument {
  /** What the application finds in `args`; `parameters`, which the extensions judge, where this is not given. */
  readonly args?: ReadonlyMap<string, string | true>;
  /** What those parameters come to that the reader has judged itself. */
  readonly draft?: MailParameters | RcptParameters;
}

/** Reads the argument of MAIL or RCPT, or gives the reply to one that it does not take. */
export type PathReader = (verb: 'MAIL' | 'RCPT', argument: string, session: Session) => ReadPath | Reply;

/** Options that say how a listener words its replies and how strictly it reads: part of SessionOptions. */
export interface MannerOptions {
  /** The one place where replies can be worded anew, whoever made them. Default: none. */
  readonly rephrase?: Rephrase;
  /** Reads paths instead of the grammar of RFC 5321 §4.1.2; what it takes is believed. Default: none. */
  readonly readPath?: PathReader;
  /**
   * Parameters of MAIL and RCPT that nobody here knows, or that were not offered: `'reject'` answers them with 555
   * (RFC 5321 §4.1.1.11), `'keep'` takes them into `args`, where the application finds them. Default: `'reject'`.
   */
  readonly unknownParameters?: 'reject' | 'keep';
  /**
   * A message that is larger than `size`: `'reject'` answers it with 552, `'pass'` hands on all of it, and the handler
   * looks at `message.sizeExceeded`. Default: `'reject'`.
   */
  readonly oversizedMessages?: 'reject' | 'pass';
  /**
   * Which dots at the start of a line of DATA are taken away: `'standard'` the first one behind CRLF (RFC 5321 §4.5.2),
   * `'after-lf'` also the first of two behind a bare LF, `'double'` only the first of two, behind either, for clients that
   * do not stuff a single one. Default: `'standard'`.
   */
  readonly transparency?: Transparency;
  /**
   * `'lax'` takes what smtp-server takes: any octets in a command line (what is no UTF-8 becomes U+FFFD), any name without
   * control characters with EHLO, words behind DATA, AUTH during a transaction, blanks around the lines of an AUTH exchange,
   * and addresses outside of ASCII without SMTPUTF8; an HTTP request is a known method and a path, and a TLS handshake on a
   * clear port is lines like others. What is taken goes on to hooks and parsers as it is: they must not trust its form.
   * Default: `'strict'`.
   */
  readonly commandSyntax?: 'strict' | 'lax';
  /**
   * SASL mechanisms besides the engine's, or instead of those of the same name; `authMethods` names those that are offered.
   * One may throw an SmtpError, whose reply ends its exchange. Default: none.
   */
  readonly customMechanisms?: readonly Mechanism[];
  /** PLAIN and LOGIN with an empty password go to the `auth` hook (docs/quirks.md#empty-passwords). Default: false. */
  readonly allowEmptyPasswords?: boolean;
}

/** MannerOptions, complete. */
export interface ResolvedMannerOptions {
  readonly rephrase: Rephrase | undefined;
  readonly readPath: PathReader | undefined;
  readonly unknownParameters: 'reject' | 'keep';
  readonly oversizedMessages: 'reject' | 'pass';
  readonly transparency: Transparency;
  readonly commandSyntax: 'strict' | 'lax';
  /** All there are, by name. */
  readonly mechanisms: ReadonlyMap<string, Mechanism>;
  readonly allowEmptyPasswords: boolean;
}

export function resolveMannerOptions(input: MannerOptions): ResolvedMannerOptions {
  return {
    rephrase: input.rephrase,
    readPath: input.readPath,
    unknownParameters: input.unknownParameters ?? 'reject',
    oversizedMessages: input.oversizedMessages ?? 'reject',
    transparency: input.transparency ?? 'standard',
    mechanisms: input.customMechanisms === undefined ? mechanisms : withCustom(input.customMechanisms),
    commandSyntax: input.commandSyntax ?? 'strict',
    allowEmptyPasswords: input.allowEmptyPasswords ?? false,
  };
}

function withCustom(custom: readonly Mechanism[]): ReadonlyMap<string, Mechanism> {
  return new Map([...mechanisms, ...custom.map((mechanism) => [mechanism.name, mechanism] as const)]);
}
