import type { Envelope } from '../envelope.js';
import type { ForwardPath } from '../mail-path.js';
import type { Reply } from '../reply.js';
import { Recipients } from './recipients.js';
import type { Reception } from './reception.js';
import type { Session } from './session.js';

/** One mail transaction (RFC 5321 §3.3), from MAIL to the reply to its data; dropped as one value. */
export class Transaction {
  /** @internal Its message, once that comes in. */
  reception: Reception | undefined;
  /** @internal */
  abortReason: Error | undefined;
  /** Only for LMTP: for each accepted RCPT, repeated ones too, the place in `envelope.rcptTo`. */
  private places: number[] | undefined;
  private abortController: AbortController | undefined;
  /** @internal */
  readonly recipients: Recipients;

  constructor(
    readonly envelope: Envelope,
    readonly session: Session,
  ) {
    this.recipients = new Recipients(envelope);
  }

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

  /** @internal For each accepted RCPT of LMTP the place of its recipient. */
  get recipientPlaces(): readonly number[] {
    return this.places ?? [];
  }

  /** @internal Whether one recipient more would be too many. A repeated one is none more, but in LMTP it gets a reply too. */
  isFullFor({ address }: ForwardPath): boolean {
    const { lmtp, maxRecipients } = this.session.options;
    if (lmtp) return this.recipientPlaces.length >= maxRecipients;
    return this.recipients.isFullFor(address, maxRecipients);
  }

  /** @internal The reply as often as it is due: once; in LMTP for each accepted RCPT (RFC 2033 §4.2). */
  answerEach(reply: Reply): readonly Reply[] {
    return this.places === undefined ? [reply] : this.places.map(() => reply);
  }

  /** @internal Adds a recipient. */
  addRecipient(path: ForwardPath): void {
    const place = this.recipients.add(path);
    if (this.session.options.lmtp) (this.places ??= []).push(place);
  }
}
