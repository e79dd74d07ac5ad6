import { SmtpException } from '../exceptions/smtp.exception.js';

/** Counts how long the parser works, and not how long the client takes to send. */
export class ParseClock {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private isClosed = false;

  /** @param remainingMs what is left of the time */
  constructor(private remainingMs: number) {}

  /** Fires when the time is up; its reason is the exception. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  start(): void {
    // What was handed over last may still come through when all is over.
    if (this.isClosed) return;
    this.startedAt = performance.now();
    this.timer = setTimeout(() => {
      this.controller.abort(new SmtpException(451, 'Message takes too long to parse', { enhanced: '4.3.0' }));
    }, this.remainingMs);
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.remainingMs = Math.max(0, this.remainingMs - (performance.now() - this.startedAt));
  }

  /** Nothing is counted any more. */
  close(): void {
    this.stop();
    this.isClosed = true;
  }
}
