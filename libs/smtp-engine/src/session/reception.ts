import { DataDecoder } from '../protocol/data-decoder.js';
import { type Reply, replies } from '../reply.js';
import type { Conversation } from './conversation.js';
import { SmtpClientGone, SmtpMessageAbandoned, SmtpSizeExceeded } from './errors.js';
import { MessageStream } from './message-stream.js';
import { toReply } from './outcome.js';
import type { Transaction } from './transaction.js';

/** What the handler came to. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Takes one message from the connection to the `data` handler, and the handler's answer back.
 *
 * The handler runs before 354: its first read sends it, its refusal replaces it. Afterwards the rest of the message is
 * always read to its end before the reply, so that the dialogue stays in step, whatever the handler did.
 */
export class Reception {
  readonly message: MessageStream;
  /** 354 has been sent: mail data comes in. */
  private started = false;
  /** The end of mail data has come. */
  private complete = false;
  /** What comes in is no longer wanted. */
  private dropping = false;
  private stalled = false;
  private outcome: Outcome | undefined;
  private replied = false;
  private readonly decoder = new DataDecoder();
  private readonly sink = (piece: Buffer): void => this.take(piece);

  constructor(
    private readonly conversation: Conversation,
    private readonly transaction: Transaction,
    private readonly reply: (reply: Reply) => void,
  ) {
    this.message = new MessageStream(() => this.pulled());
    this.message.once('close', () => this.left());
  }

  /** Calls the handler; the reply comes when all is done. */
  run(): void {
    const { backend } = this.conversation.session;
    let result: unknown;
    try {
      result = backend.data!(this.message, this.transaction);
    } catch (error) {
      return this.settle({ error });
    }
    Promise.resolve(result).then(
      (value) => this.settle({ value }),
      (error: unknown) => this.settle({ error }),
    );
  }

  get isStarted(): boolean {
    return this.started;
  }

  get isStalled(): boolean {
    return this.stalled;
  }

  read(chunk: Buffer): Buffer | undefined {
    const end = this.decoder.decode(chunk, this.sink);
    if (end < 0) return undefined;
    this.complete = true;
    this.stalled = false;
    this.conversation.stopReading();
    if (!this.dropping) this.message.push(null);
    this.answer();
    return chunk.subarray(end);
  }

  /** The client is gone: the handler learns it from the stream and the signal. */
  lost(): void {
    this.replied = true;
    this.abandon(new SmtpClientGone());
  }

  /** The handler neither read nor answered within `dataInitiationTimeoutMs`. */
  initiationTimeout(): void {
    this.abandon(new SmtpMessageAbandoned('the handler neither read the message nor answered in time'));
    this.finish(replies.handlerTooSlow);
  }

  private pulled(): void {
    if (this.replied || this.dropping) return;
    if (!this.started) {
      this.started = true;
      this.conversation.startReading();
    } else if (this.stalled) {
      this.stalled = false;
      this.conversation.resume();
    }
  }

  /** The stream is no more. A handler that left it early, as by `break` in its loop, must not hold up the client. */
  private left(): void {
    if (this.dropping || this.complete) return;
    this.dropping = true;
    this.stalled = false;
    if (this.started) this.conversation.resume();
  }

  private take(piece: Buffer): void {
    this.message.byteLength += piece.length;
    if (this.dropping) return;
    const limit = this.conversation.session.options.size;
    if (limit > 0 && this.message.byteLength > limit) {
      this.message.sizeExceeded = true;
      this.drop(new SmtpSizeExceeded(limit));
    } else if (!this.message.push(piece)) {
      this.stalled = true;
    }
  }

  private settle(outcome: Outcome): void {
    if (this.replied) return this.tooLate(outcome);
    this.outcome = outcome;
    const wentWell = 'value' in outcome && !this.wasLeftUnread();
    if (!wentWell) this.drop(new SmtpMessageAbandoned('the handler has ended'));
    if (!this.started || this.complete) this.answer();
    else this.conversation.resume();
  }

  /** The dialogue has gone on without the handler: what it came to is for the log. */
  private tooLate(outcome: Outcome): void {
    if ('value' in outcome) this.conversation.report(new SmtpMessageAbandoned('the data handler answered too late'));
    // That the message was too large the client has been told.
    else if (!(outcome.error instanceof SmtpSizeExceeded)) this.conversation.report(outcome.error);
  }

  /** A handler that succeeds before the end of the stream forgot to wait for it: that must not become a 250. */
  private wasLeftUnread(): boolean {
    return !this.message.readableEnded && !this.message.isDiscarded;
  }

  private answer(): void {
    if (this.message.sizeExceeded) return this.finish(replies.messageTooLarge);
    if (this.outcome === undefined) return;
    if ('error' in this.outcome) return this.finish(this.conversation.replyToError(this.outcome.error));
    const reply = toReply(this.outcome.value, replies.messageAccepted, replies.transactionFailed);
    if (reply.code < 400 && this.wasLeftUnread()) {
      this.conversation.report(
        new SmtpMessageAbandoned('the data handler succeeded without reading the message to its end'),
      );
      return this.finish(replies.handlerDidNotRead);
    }
    this.finish(reply);
  }

  private finish(reply: Reply): void {
    if (this.replied) return;
    this.replied = true;
    this.reply(reply);
  }

  /** The stream first: what else listens to the signal would destroy it with an error of its own. */
  private abandon(error: Error): void {
    this.drop(error);
    this.transaction.abort(error);
  }

  private drop(error: Error): void {
    this.dropping = true;
    this.stalled = false;
    this.message.destroy(this.message.readableEnded ? undefined : error);
  }
}
