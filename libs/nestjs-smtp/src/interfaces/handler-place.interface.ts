/**
 * What a listener is for (RFC 5598 §4): `submission` takes mail of users who log in (RFC 6409), `mx` mail from anywhere for
 * recipients of ours: no AUTH, STARTTLS offered; `lmtp` local delivery (RFC 2033), without AUTH.
 */
export type SmtpRole = 'submission' | 'mx' | 'lmtp';

/** Where a handler holds: at these listeners, and at all of these roles, of a transport. */
export interface SmtpHandlerPlace {
  /** Ids of listeners. */
  readonly listener?: string | readonly string[];
  readonly role?: SmtpRole | readonly SmtpRole[];
  /**
   * Names of transports, where the application has several. Default: what `@UseSmtpTransport()` of the class says, else
   * `'default'`, the one without a name.
   */
  readonly transport?: string | readonly string[];
}
