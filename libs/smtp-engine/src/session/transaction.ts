import type { Envelope, ForwardPath } from '../envelope.js';
import type { Reply } from '../reply.js';
import type { Reception } from './reception.js';
import type { Session } from './session.js';

/** One mail transaction (RFC 5321 §3.3), from MAIL to the reply to its data; dropped as one value. */
export class Transaction {
  /** @internal Its message, once that comes in. */
  reception: Reception | undefined;
  /** @internal */
  abortReason: Error | undefined;
  /** @internal Only for LMTP: for each accepted RCPT, repeated ones too, the place in `envelope.rcptTo`. */
  readonly recipientPlaces: number[] = [];
  private abortController: AbortController | undefined;
  private places: Map<string, number> | undefined;

  constructor(
    readonly envelope: Envelope,
    readonly session: Session,
  ) {}

  /** Fires when the message will not be taken any more: the client is gone, or the handler was too slow. */
  get signal(): AbortSignal {
    if (this.abortController === undefined) {
      this.abortController = new AbortController();
      if (this.abortReason !== undefined) this.abortController.abort(this.abortReason);
    }
    return this.abortController.signal;
  }

  /** @internal */
  abort(reason: Error): void {
    this.abortReason = reason;
    this.abortController?.abort(reason);
  }

  /** @internal Whether one recipient more would be too many. A repeated one is none more, but in LMTP it gets a reply too. */
  isFullFor(path: ForwardPath): boolean {
    const { lmtp, maxRecipients } = this.session.options;
    if (lmtp) return this.recipientPlaces.length >= maxRecipients;
    return this.envelope.rcptTo.length >= maxRecipients && !this.places?.has(path.address.toLowerCase());
  }

  /** @internal The reply as often as it is due: once; in LMTP for each accepted RCPT (RFC 2033 §4.2). */
  answerEach(reply: Reply): readonly Reply[] {
    return this.recipientPlaces.length === 0 ? [reply] : this.recipientPlaces.map(() => reply);
  }

  /** @internal Adds a recipient; a repeated address (case ignored) replaces the earlier entry. */
  addRecipient(path: ForwardPath): void {
    const key = path.address.toLowerCase();
    const places = (this.places ??= new Map<string, number>());
    const place = places.get(key) ?? this.envelope.rcptTo.length;
    places.set(key, place);
    this.envelope.rcptTo[place] = path;
    if (this.session.options.lmtp) this.recipientPlaces.push(place);
  }
}
