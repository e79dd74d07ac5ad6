/** What the rule looks at; a Session is one. */
export interface AuthFailureView {
  /** The option `maxFailedLogins`; `false` means no limit. */
  readonly maxFailedLogins: number | false;
  /** Refused logins on this connection so far. */
  readonly failedLogins: number;
}

/** Whether the connection has used up its failed logins and ends with 421 4.7.0. */
export function authFailuresExhausted(view: AuthFailureView): boolean {
  return view.maxFailedLogins !== false && view.failedLogins >= view.maxFailedLogins;
}
