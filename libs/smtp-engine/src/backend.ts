import type { ForwardPath, ReversePath } from './mail-path.js';
import type { Reply } from './reply.js';
import type { Credentials } from './sasl/credentials.js';
import type { ScramQuery, ScramSecret } from './sasl/scram-keys.js';
import type { MessageStream } from './session/message-stream.js';
import type { Session } from './session/session.js';
import type { Transaction } from './session/transaction.js';

type Awaitable<T> = T | Promise<T>;

/**
 * What a hook says. A string is the text of the positive reply; a Reply is sent as it is; `false` and `null` refuse with
 * the stage's own reply; anything else accepts. To refuse with a reply of one's own, throw an SmtpError.
 * Any other error is our own failure: 451 4.3.0 (454 4.7.0 at AUTH), and goes to `error()`.
 */
export type HookResult = Awaitable<unknown>;

/** A rule that an application may lift for a session: see `Backend.isExempt`. */
export type ExemptibleRule = 'tls-before-auth' | 'unauthenticated-command-limit';

/** One command as a hook sees it. */
export interface CommandInfo {
  /** In capitals; what the client sent, known or not, and `''` for an empty line. */
  readonly verb: string;
  /** What follows the verb; `''` for AUTH, whose argument is a secret. */
  readonly args: string;
}

/**
 * The one interface an application implements; every method is optional, and a hook that is not there costs nothing.
 * Methods may return a value or a promise.
 *
 * @example new SmtpServer({ recipients: 'any', authOptional: true }, { data: (message) => { message.discard() } })
 */
export interface Backend {
  /** A client has connected; before the greeting. Refused: 554, and the connection closes. */
  connect?(session: Session): HookResult;
  /** A TLS handshake has ended well. Refused: 554, and the connection closes. */
  secure?(session: Session): HookResult;
  /** EHLO or HELO. Refused: 550. */
  hello?(session: Session): HookResult;
  /**
   * Credentials are complete. What it returns becomes `session.user` (235); `true` means `{ username }`;
   * `undefined`, `null` and `false` refuse (535 5.7.8). Without it AUTH is not offered.
   */
  auth?(credentials: Credentials, session: Session): HookResult;
  /**
   * The SCRAM secret of a user; without this hook no SCRAM mechanism is offered. `null`: there is no such user, or none that
   * may use SCRAM; the exchange goes on to its end and is 535 then, so that nobody can list users. A proof that fits goes to
   * `auth` as ScramAuth, one that does not is 535 without it.
   *
   * @example secret: async ({ username, mechanism }) => (await users.find(username))?.scram[mechanism] ?? null
   */
  secret?(query: ScramQuery, session: Session): Awaitable<ScramSecret | null>;
  /** MAIL. Refused: 550 5.7.1. */
  mail?(path: ReversePath, transaction: Transaction): HookResult;
  /** RCPT. Refused: 550 5.1.1. */
  rcpt?(path: ForwardPath, transaction: Transaction): HookResult;
  /**
   * DATA. Called before 354: a refusal that comes before the first read is the answer to DATA (554 5.7.1), and nothing
   * is uploaded. The returned value becomes the reply once the message has been read to its end.
   */
  data?(message: MessageStream, transaction: Transaction): HookResult;
  /** Every complete command, before it runs. `undefined` and `true` let it run; a Reply answers instead of it. */
  command?(command: CommandInfo, session: Session): Awaitable<Reply | boolean | null | undefined | void>;
  /** Whether `rule` does not hold for this session now. Never remembered; a throw means no. */
  isExempt?(rule: ExemptibleRule, session: Session): Awaitable<boolean>;
  /** The connection is gone. */
  close?(session: Session): void;
  /** Something failed that the client was told nothing, or only 4xx, about. For the log; with a message, whose it was. */
  error?(error: unknown, session: Session | undefined, transaction?: Transaction): void;
}
