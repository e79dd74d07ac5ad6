import type { MessageStream } from 'smtp-engine';
import type { ParseLimits } from './parse-limits.js';
import { parseMessage } from './parse-message.js';
import type { ParsedMessage } from './parsed-message.js';

/**
 * A message that is parsed when somebody asks for it: what `@SmtpParsed()` gives. Until then nothing of it is read, so that
 * a handler may refuse it instead of 354.
 *
 * @example
 * @SmtpData()
 * async receive(@SmtpParsed() mail: LazyMessage) { const { subject, text } = await mail.parsed(); … }
 */
export class LazyMessage {
  private result: Promise<ParsedMessage> | undefined;

  constructor(
    private readonly message: MessageStream,
    private readonly limits: ParseLimits,
  ) {}

  /**
   * Reads the message to its end, which sends 354, and takes it apart; the same promise each time. A failure is the reply
   * the client should have, so let it pass.
   *
   * @throws SmtpMessageTooLarge 552 5.3.4, SmtpContentRefused 554 5.6.0 or SmtpException 451 4.3.0 beyond the limits; what
   * the stream fails with
   */
  parsed(): Promise<ParsedMessage> {
    if (this.result === undefined) {
      this.result = parseMessage(this.message, this.limits);
      // A handler that does not wait for it must not end the process.
      this.result.catch(ignore);
    }
    return this.result;
  }

  /** Reads the message and throws it away, so that the handler may succeed without parsing it. */
  discard(): void {
    this.message.discard();
  }
}

function ignore(): void {
  // see parsed()
}
