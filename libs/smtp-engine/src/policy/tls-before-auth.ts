/** What the rule looks at; a Session is one. */
export interface TlsBeforeAuthView {
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** The option `allowInsecureAuth`. */
  readonly allowInsecureAuth: boolean;
}

/**
 * Whether the client may authenticate now, as far as encryption goes (RFC 4954 §4, RFC 8314 §3.3).
 * It holds for every mechanism, and decides too whether EHLO offers AUTH.
 */
export function mayAuthenticate(view: TlsBeforeAuthView): boolean {
  return view.secure || view.allowInsecureAuth;
}
