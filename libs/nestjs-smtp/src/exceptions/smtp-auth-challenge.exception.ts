import { replies, SmtpError } from 'smtp-engine';
import { SmtpException } from './smtp.exception.js';

/**
 * Refuses an OAuth token and tells the client why: the details go out as the mechanism's error challenge
 * (334 with JSON), then comes 535 5.7.8. In a mechanism without such a challenge it is 535 alone, and an error in the log.
 *
 * @example throw new SmtpAuthChallenge({ status: '401', schemes: 'bearer', scope: 'https://mail.google.com/' })
 */
export class SmtpAuthChallenge extends SmtpException {
  override readonly name = 'SmtpAuthChallenge';

  constructor(
    /** Sent as JSON, so it must hold nothing internal. */
    readonly details: Readonly<Record<string, unknown>>,
    options: { readonly cause?: unknown } = {},
  ) {
    super(replies.authenticationFailed.code, replies.authenticationFailed.text, options);
  }

  override getError(): SmtpError {
    return new SmtpError(this.reply, { challenge: this.details, cause: this.cause });
  }
}
