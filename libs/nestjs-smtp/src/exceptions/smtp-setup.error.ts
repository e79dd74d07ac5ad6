/**
 * SMTP cannot start: everything that is wrong with options and handlers, together, each with what to write instead.
 * It rejects `app.init()` and `app.listen()`.
 */
export class SmtpSetupError extends TypeError {
  override readonly name = 'SmtpSetupError';

  constructor(
    /** One sentence a problem. */
    readonly problems: readonly string[],
  ) {
    super(`SMTP cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
