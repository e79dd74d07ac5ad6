const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*(?!\\d+$)${LABEL}$`, 'i');
/** RFC 5321 §4.5.3.1.2: a domain has at most 255 octets. Printable ASCII, blanks within (some Windows names have them). */
const HELLO_NAME = /^[!-~](?:[ -~]{0,253}[!-~])?$/;

// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Whether a text is the name of a host (RFC 1123 §2.1; with the underscore that real hosts have), and no address. */
export function isHostName(text: string): boolean {
  return HOST_NAME.test(text);
}

/** Whether a name has no control characters: all that is asked of one with `commandSyntax: 'lax'`. */
export function isSafeName(text: string): boolean {
  return text !== '' && !CONTROL_CHARACTERS.test(text);
}

/** Whether a client may call itself so with EHLO or HELO. */
export function isHelloName(text: string): boolean {
  return HELLO_NAME.test(text);
}
