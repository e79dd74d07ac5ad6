/** What the rule looks at; a Session is one. */
export interface AuthFailureView {
  /** The option `maxFailedLogins`; `false` means no limit. */
  readonly maxFailedLogins: number | false;
  /** Refused logins on this connection so far. */
  readonly failedLogins: number;
}

/** What the delay is made of; a Session is one. */
export interface AuthFailureDelayView {
  /** Refused logins on this connection so far, the present one included. */
  readonly failedLogins: number;
  /** The option `authFailureDelayMs`: how long the second refusal waits; `false` means no refusal waits. */
  readonly authFailureDelayMs: number | false;
  /** The option `maxAuthFailureDelayMs`. */
  readonly maxAuthFailureDelayMs: number;
}

/** Whether the connection has used up its failed logins and ends with 421 4.7.0. */
export function authFailuresExhausted(view: AuthFailureView): boolean {
  return view.maxFailedLogins !== false && view.failedLogins >= view.maxFailedLogins;
}

/**
 * Milliseconds that the present refusal waits: none the first time, as anybody mistypes a password; then the delay, and
 * twice as long each time, up to the maximum. Who guesses gets a few answers a minute.
 */
export function authFailureDelay(view: AuthFailureDelayView): number {
  const { failedLogins, authFailureDelayMs, maxAuthFailureDelayMs } = view;
  if (authFailureDelayMs === false || failedLogins < 2) return 0;
  return Math.min(authFailureDelayMs * 2 ** (failedLogins - 2), maxAuthFailureDelayMs);
}
