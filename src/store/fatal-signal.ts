/**
 * Raised when the process must stop, because what it holds to be on disk may not be, or because the database thread
 * died. Whoever runs the process waits for `raised`, says why, and exits with code 1; nothing else is a cure.
 *
 * @example
 * void app.get(FatalSignal).raised.then((error) => { console.error(error); process.exit(1); });
 */
export class FatalSignal {
  /** Resolves with the first reason; never, if all goes well. */
  readonly raised: Promise<Error>;
  private resolve!: (reason: Error) => void;

  constructor() {
    this.raised = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  raise(reason: Error): void {
    this.resolve(reason);
  }
}
