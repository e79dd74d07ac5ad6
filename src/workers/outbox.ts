/**
 * Gathers what is sent in one turn of the event loop into one message of the channel: under load the system call costs
 * more than what it carries.
 */
export class Outbox<Message> {
  private waiting: Message[] = [];
  private flushed: Promise<void> | undefined;

  /** @param send sends all of them, in their order; calls back when they are on their way, or cannot be any more */
  constructor(private readonly send: (messages: readonly Message[], sent: () => void) => void) {}

  /** Resolves when the message is on its way, or cannot be any more. */
  put(message: Message): Promise<void> {
    this.waiting.push(message);
    return (this.flushed ??= new Promise((resolve) => setImmediate(() => this.flush(resolve))));
  }

  private flush(sent: () => void): void {
    const messages = this.waiting;
    this.waiting = [];
    this.flushed = undefined;
    this.send(messages, sent);
  }
}
