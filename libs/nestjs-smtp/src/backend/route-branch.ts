import { MessageStream, replies, SmtpError, SmtpMessageAbandoned, type Transaction } from 'smtp-engine';
import type { RouteShare } from '../routing/recipient-rules.js';
import { RouteTransaction } from './route-transaction.js';

/** What a branch came to: the value of its handler, or the failure that counts instead. */
export type BranchOutcome = { readonly value: unknown } | { readonly error: Error };

/** How long a branch may do nothing, in milliseconds. */
export interface BranchPatience {
  readonly beforeFirstRead: number;
  readonly afterwards: number;
}

/** Who has to know of the branches. */
export interface BranchKeeper {
  /** A branch has asked for more, has left, or has settled. */
  changed(): void;
  /** Something to log about a branch that the reply does not tell. */
  report(error: Error, branch: RouteBranch): void;
}

/**
 * One of several handlers of a message, with a stream of its own. Its rules are those of a handler that is alone; besides,
 * it may neither ask for more nor answer for a limited time only, since others wait for it.
 */
export class RouteBranch {
  readonly message = new MessageStream({ pulled: () => this.pulled() });
  readonly transaction: RouteTransaction;
  /** It has asked for the message, so its guards have let it pass. */
  isReady = false;
  outcome: BranchOutcome | undefined;
  /** Another one has refused the message for all, so that its own outcome counts for nothing. */
  isGivenUp = false;
  private isFull = false;
  private isEnded = false;
  private timer: NodeJS.Timeout | undefined;
  /** Why its stream failed, where that was not its own doing. */
  private cause: Error | undefined;

  constructor(
    readonly share: RouteShare,
    { envelope, session }: Transaction,
    private readonly patience: BranchPatience,
    private readonly keeper: BranchKeeper,
  ) {
    this.transaction = new RouteTransaction(envelope.forRecipients(share.recipients), session);
    this.message.once('close', () => this.left());
  }

  /** The others have to wait until it reads on. */
  get holdsUp(): boolean {
    return this.isFull;
  }

  /** Its handler has said yes, by the rules. */
  get succeeded(): boolean {
    return this.outcome !== undefined && 'value' in this.outcome;
  }

  get failed(): boolean {
    return this.outcome !== undefined && 'error' in this.outcome;
  }

  /** Calls the handler, in a turn of its own: what it comes to is known before the events of a stream that it has ended. */
  start(call: () => unknown): void {
    this.arm(this.patience.beforeFirstRead);
    Promise.resolve()
      .then(call)
      .then(
        (value) => this.settle({ value }),
        (error: unknown) => this.settle({ error: error as Error }),
      );
  }

  /** Some octets of the message. They are shared with the other branches. */
  give(piece: Buffer, { sizeExceeded }: MessageStream): void {
    const { message } = this;
    if (this.isDone) return;
    message.byteLength += piece.length;
    message.sizeExceeded = sizeExceeded;
    if (message.push(piece)) return;
    this.isFull = true;
    this.arm(this.patience.afterwards);
  }

  end(): void {
    if (this.isDone) return;
    this.isEnded = true;
    this.isFull = false;
    this.message.push(null);
    this.awaitAnswer();
  }

  /** The message has failed: its handler learns it from the stream. */
  lose(error: Error, { byteLength, sizeExceeded }: MessageStream): void {
    if (this.failed) return;
    this.cause ??= error;
    if (!this.message.destroyed) Object.assign(this.message, { byteLength, sizeExceeded });
    this.drop(error);
  }

  /** It will not be heard any more; the stream first, since what listens to the signal would destroy it by another error. */
  cut(error: Error): void {
    this.cause ??= error;
    this.drop(error);
    this.transaction.cut(error);
  }

  /** Another one has refused the message for all. */
  giveUp(error: Error): void {
    this.isGivenUp = true;
    this.conclude({ error });
    this.cut(error);
  }

  /** Nothing of the message goes to it any more. One that has answered early, after `discard()`, still gets the rest. */
  private get isDone(): boolean {
    return this.failed || this.isEnded || this.message.destroyed;
  }

  private pulled(): void {
    this.isReady = true;
    this.isFull = false;
    if (!this.isEnded) clearTimeout(this.timer);
    this.keeper.changed();
  }

  /** Its stream is no more. Nobody waits for it to read then, but for its answer. */
  private left(): void {
    if (this.isEnded || this.failed) return;
    this.isFull = false;
    this.isReady = true;
    this.awaitAnswer();
    this.keeper.changed();
  }

  private settle(outcome: BranchOutcome): void {
    if (this.outcome !== undefined) return this.tooLate(outcome);
    const isUnread = !this.message.readableEnded && !this.message.isDiscarded;
    if ('error' in outcome) this.conclude(this.isCaused(outcome.error) ? { error: this.cause! } : outcome);
    else this.conclude(isUnread ? this.unread() : outcome);
    if (this.failed) this.drop(new SmtpMessageAbandoned('the handler has ended'));
    this.keeper.changed();
  }

  /** A handler that succeeds before the end of the stream forgot to wait for it: that must not become a 250. */
  private unread(): BranchOutcome {
    if (this.cause !== undefined) return { error: this.cause };
    const cause = new SmtpMessageAbandoned(
      'the data handler succeeded without reading the message to its end: is an await missing?',
    );
    return { error: new SmtpError(replies.handlerDidNotRead, { cause }) };
  }

  private stalled(timeoutMs: number): void {
    const cause = new SmtpMessageAbandoned(`the handler neither read on nor answered within ${timeoutMs} ms`);
    if (this.outcome === undefined) this.conclude({ error: new SmtpError(replies.handlerTooSlow, { cause }) });
    else this.keeper.report(cause, this);
    this.cut(cause);
    this.keeper.changed();
  }

  private conclude(outcome: BranchOutcome): void {
    this.outcome = outcome;
    if (!this.isDone) return;
    this.isFull = false;
    clearTimeout(this.timer);
  }

  private tooLate(outcome: BranchOutcome): void {
    if ('error' in outcome) {
      if (!this.isCaused(outcome.error)) this.keeper.report(outcome.error, this);
    } else if (!this.isGivenUp) {
      this.keeper.report(new SmtpMessageAbandoned('the data handler answered too late'), this);
    }
  }

  /** Whether an error says no more than that the stream failed, or the signal fired. */
  private isCaused(error: Error): boolean {
    if (this.cause === undefined) return false;
    const inner = error instanceof SmtpError ? (error.cause ?? error) : error;
    return error === this.cause || inner === this.cause || (inner as Partial<Error>).name === 'AbortError';
  }

  /** There is no more for it to read, so it has to answer, unless it has. */
  private awaitAnswer(): void {
    if (this.outcome === undefined) this.arm(this.patience.afterwards);
    else clearTimeout(this.timer);
  }

  private arm(timeoutMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stalled(timeoutMs), timeoutMs);
  }

  private drop(error: Error): void {
    this.isFull = false;
    this.message.destroy(this.message.readableEnded ? undefined : error);
  }
}
