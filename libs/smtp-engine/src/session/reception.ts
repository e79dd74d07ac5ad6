import type { BareNewline } from '../options.js';
import { type Reply, replies, SmtpError } from '../reply.js';
import type { Conversation } from './conversation.js';
import type { OctetReader } from './input.js';
import { DataPace } from './data-pace.js';
import { now } from './deadlines.js';
import {
  SmtpAmbiguousData,
  SmtpClientGone,
  SmtpHandlerTimeout,
  SmtpMessageAbandoned,
  SmtpSizeExceeded,
  SmtpTransactionAborted,
} from './errors.js';
import { type LineEnds, lineEndsFor } from './line-ends.js';
import { chunkReceived, type MessagePart, type PartAnswer } from './message-part.js';
import { type MessageSource, MessageStream } from './message-stream.js';
import { isPositive, isPromise } from './outcome.js';
import { handlerReplies } from './verdict.js';
import type { Transaction } from './transaction.js';

/** What the handler came to. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Takes one message from the connection to the `data` handler, and the handler's answer back. The message comes in one
 * part (DATA) or in several (BDAT).
 *
 * The handler runs before the first octet: its first read lets them come, its refusal replaces them. Afterwards the rest
 * is always read to its end before the reply, so that the dialogue stays in step, whatever the handler did.
 */
export class Reception implements OctetReader, MessageSource {
  readonly message = new MessageStream(this);
  /** The part that is to be answered; undefined between two chunks. */
  private part: MessagePart | undefined;
  private reply!: (answer: PartAnswer) => void;
  private running = false;
  /** The handler has asked for the message. */
  private started = false;
  /** The end of the message has come. */
  private complete = false;
  /** What comes in is no longer wanted. */
  private dropping = false;
  private stalled = false;
  private outcome: Outcome | undefined;
  /** The outcome needs no more of the message. */
  private decided = false;
  private replied = false;
  /** What the message itself did wrong; its reply is the answer, whatever the handler says. */
  private refusal: SmtpError | undefined;
  private lineEnds: LineEnds | undefined;
  private readonly sink = (piece: Buffer): void => this.lineEnds!.accept(piece, this.store);
  private readonly store = (piece: Buffer): void => this.accept(piece);
  pace: DataPace | undefined;

  constructor(
    private readonly conversation: Conversation,
    private readonly transaction: Transaction,
  ) {}

  /** Takes the next part; it is answered when it has been read, the last one when all is done. */
  take(part: MessagePart, reply: (answer: PartAnswer) => void): void {
    this.part = part;
    this.reply = reply;
    this.lineEnds ??= lineEndsFor(this.lineEndPolicy, part);
    if (!this.running) this.run();
    else if (this.decided) this.answer();
    else this.begin();
  }

  get isStarted(): boolean {
    return this.started;
  }

  /** Whether it is for the handler to ask for the message or to answer. */
  get awaitsHandler(): boolean {
    return this.running && !this.started && !this.replied;
  }

  get isStalled(): boolean {
    return this.stalled;
  }

  read(chunk: Buffer): number {
    const end = this.part!.decoder.decode(chunk, this.sink);
    if (this.isAmbiguous) this.refuse(new SmtpAmbiguousData());
    return end;
  }

  private get isAmbiguous(): boolean {
    return this.lineEndPolicy === 'reject' && (this.part!.decoder.ambiguous ?? this.lineEnds!.isAmbiguous);
  }

  /** The part has been read to its end. */
  end(): void {
    if (!this.part!.isLast) return this.endOfChunk();
    this.complete = true;
    this.stalled = false;
    this.lineEnds!.end(this.store);
    if (!this.dropping) this.message.push(null);
    if (this.outcome === undefined) this.conversation.awaitVerdict();
    this.answer();
  }

  /** The client is gone: the handler learns it from the stream and the signal. */
  lost(): void {
    if (!this.replied) this.giveUp(new SmtpClientGone());
  }

  /** The client has dropped the transaction between two chunks. */
  aborted(): void {
    if (!this.replied) this.giveUp(new SmtpTransactionAborted());
  }

  /** The handler neither read nor answered within `dataInitiationTimeoutMs`. */
  initiationTimeout(): void {
    this.abandon(new SmtpMessageAbandoned('the handler neither read the message nor answered in time'));
    this.finish([replies.handlerTooSlow]);
  }

  /** The handler does not read on, or does not answer to what it has read, within `handlerTimeouts.data`. */
  handlerTimeout(): void {
    const cause = new SmtpHandlerTimeout('data', this.conversation.session.options.handlerTimeouts.data);
    this.abandon(cause);
    this.settle({ error: new SmtpError(replies.handlerTooSlow, { cause }) });
  }

  /** Calls the handler. */
  private run(): void {
    this.running = true;
    const { backend } = this.conversation.session;
    let result: unknown;
    try {
      result = backend.data!(this.message, this.transaction);
    } catch (error) {
      return this.settle({ error });
    }
    // One that has asked for the message and promises nothing has said what there is to say.
    if (this.started && !isPromise(result)) return this.settle({ value: result });
    Promise.resolve(result).then(
      (value) => this.settle({ value }),
      (error: unknown) => this.settle({ error }),
    );
  }

  pulled(): void {
    if (this.replied) return;
    if (!this.started) {
      this.started = true;
      this.begin();
    } else if (this.stalled) {
      this.stalled = false;
      this.conversation.resume();
    }
  }

  /** The octets of the part may come. */
  private begin(): void {
    const { invitation, octets } = this.part!;
    if (octets === 0) return this.end();
    if (invitation !== undefined) {
      const { hasInput, session } = this.conversation;
      const tooEarly = hasInput && session.options.unauthorizedPipelining === 'reject';
      if (tooEarly) return this.conversation.cut(replies.improperPipelining);
      this.conversation.tell(invitation);
    }
    this.startClock();
    this.conversation.startReading(this);
  }

  private endOfChunk(): void {
    if (this.refusal !== undefined) return this.answer();
    const { octets } = this.part!;
    this.part = undefined;
    this.reply({ replies: [chunkReceived(octets)], isFinal: false });
  }

  /** The stream is no more. A handler that left it early, as by `break` in its loop, must not hold up the client. */
  left(): void {
    if (this.dropping || this.complete) return;
    this.dropping = true;
    this.stalled = false;
    if (this.started) this.conversation.resume();
  }

  private accept(piece: Buffer): void {
    this.message.byteLength += piece.length;
    const { size, oversizedMessages } = this.conversation.session.options;
    if (size > 0 && this.message.byteLength > size) this.message.sizeExceeded = true;
    if (this.message.sizeExceeded && oversizedMessages === 'reject') {
      this.refuse(new SmtpSizeExceeded(size));
    } else if (!this.dropping && !this.message.isUnheard && !this.message.push(piece)) {
      this.stalled = true;
    }
  }

  private settle(outcome: Outcome): void {
    if (this.replied || this.outcome !== undefined) return this.tooLate(outcome);
    this.outcome = outcome;
    this.decided = 'error' in outcome || this.wasLeftUnread();
    if (this.decided) this.drop(new SmtpMessageAbandoned('the handler has ended'));
    // Between two chunks there is nothing to answer: the next one gets it.
    if (this.part === undefined) return;
    // What is left of a chunk is dropped by the conversation; a message with an end marker has to be read to it.
    const isUnasked = this.part.invitation === undefined;
    if (!this.started || this.complete || (this.decided && isUnasked)) this.answer();
    else this.conversation.resume();
  }

  /** The dialogue has gone on without the handler: what it came to is for the log. */
  private tooLate(outcome: Outcome): void {
    const reason = this.transaction.abortReason;
    // That the client dropped the message is nobody's failure.
    const isAborted = reason instanceof SmtpTransactionAborted;
    if ('value' in outcome) {
      if (!isAborted) this.report(new SmtpMessageAbandoned('the data handler answered too late'));
    } else if (!(isAborted && isAbortion(outcome.error, reason)) && outcome.error !== this.refusal) {
      // What was wrong with the message the client has been told.
      this.report(outcome.error);
    }
  }

  /** A handler that succeeds before the end of the stream forgot to wait for it: that must not become a 250. */
  private wasLeftUnread(): boolean {
    return !this.message.readableEnded && !this.message.isDiscarded;
  }

  private answer(): void {
    // Of two things that are wrong one is said, and the same one wherever the network cut the message.
    if (this.refusal !== undefined) return this.finish([this.isAmbiguous ? replies.ambiguousData : this.refusal.reply]);
    if (this.outcome === undefined) return;
    if ('error' in this.outcome) {
      return this.finish([this.conversation.replyToError(this.outcome.error, undefined, this.transaction)]);
    }
    const verdict = handlerReplies(this.outcome.value, this.transaction);
    if (verdict.some(isPositive) && this.wasLeftUnread()) {
      this.report(
        new SmtpMessageAbandoned(
          'the data handler succeeded without reading the message to its end: is an await missing?',
        ),
      );
      return this.finish([replies.handlerDidNotRead]);
    }
    this.finish(verdict);
  }

  /** One reply where nothing was transferred, and for SMTP; for LMTP one for each recipient (RFC 2033 §4.2). */
  private finish(verdict: readonly Reply[]): void {
    if (this.replied) return;
    this.replied = true;
    const { isLast, invitation } = this.part!;
    const isTransferred = isLast && (this.started || invitation === undefined);
    const isForAll = isTransferred && verdict.length === 1;
    this.reply({ replies: isForAll ? this.transaction.answerEach(verdict[0]!) : verdict, isFinal: true });
  }

  private report(error: unknown): void {
    this.conversation.report(error, this.transaction);
  }

  private giveUp(error: Error): void {
    this.replied = true;
    this.abandon(error);
  }

  /** The stream first: what else listens to the signal would destroy it with an error of its own. */
  private abandon(error: Error): void {
    this.drop(error);
    this.transaction.abort(error);
  }

  private refuse(error: SmtpError): void {
    if (this.refusal !== undefined) return;
    this.refusal = error;
    this.drop(error);
  }

  /** What the octets of one part may take: between two chunks the client is silent for as long as anywhere. */
  private startClock(): void {
    const { minDataRate, socketTimeout } = this.conversation.session.options;
    this.pace = new DataPace(minDataRate, socketTimeout, now());
  }

  private get lineEndPolicy(): BareNewline {
    // BODY=BINARYMIME has no lines: nothing may be changed or judged (RFC 3030 §3).
    const isBinary = this.transaction.envelope.bodyType === 'binarymime';
    return isBinary ? 'pass' : this.conversation.session.options.bareNewline;
  }

  private drop(error: Error): void {
    this.dropping = true;
    this.stalled = false;
    this.message.destroy(this.message.readableEnded ? undefined : error);
  }
}

/** Whether an error says no more than that the signal fired; some of what listens to it has a name of its own for that. */
function isAbortion(error: unknown, reason: Error): boolean {
  return error === reason || (error as Partial<Error> | undefined)?.name === 'AbortError';
}
