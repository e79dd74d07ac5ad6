import type { Envelope, ForwardPath } from '../envelope.js';
import type { Session } from './session.js';

/** One mail transaction (RFC 5321 §3.3), from MAIL to the reply to its data; dropped as one value. */
export class Transaction {
  private abortController: AbortController | undefined;
  private abortReason: Error | undefined;
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

  /** @internal Whether the address is among the recipients already. */
  hasRecipient(path: ForwardPath): boolean {
    return this.places?.has(path.address.toLowerCase()) ?? false;
  }

  /** @internal Adds a recipient; a repeated address (case ignored) replaces the earlier entry. */
  addRecipient(path: ForwardPath): void {
    const key = path.address.toLowerCase();
    const places = (this.places ??= new Map<string, number>());
    const place = places.get(key) ?? this.envelope.rcptTo.length;
    places.set(key, place);
    this.envelope.rcptTo[place] = path;
  }
}
