import { type Envelope, type Session, Transaction } from 'smtp-engine';

/** A transaction as one of several routes sees it: its own recipients, and a signal that fires for it alone too. */
export class RouteTransaction extends Transaction {
  private readonly controller = new AbortController();

  constructor(envelope: Envelope, session: Session) {
    super(envelope, session);
  }

  override get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Its message will not be taken any more. */
  cut(reason: Error): void {
    this.controller.abort(reason);
  }
}
