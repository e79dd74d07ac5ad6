import { handles } from './stage.decorator.js';

/**
 * Handles logins (RFC 4954) by the given SASL mechanisms; without any, by every other one that `authMethods` offers.
 * `'XCLIENT'` takes the LOGIN attribute of an XCLIENT command, and needs `useXClient`.
 *
 * The method gets the credentials. What it returns becomes `session.user` (235): any value, `true` for `{ username }`;
 * `null`, `undefined` and `false` refuse (535 5.7.8), an SmtpException says how. Any other error is 454 4.7.0.
 *
 * @throws SmtpSetupError at boot for an unknown mechanism, or two handlers of one
 * @example
 * @SmtpAuth('PLAIN', 'LOGIN')
 * login(auth: PasswordAuth) { return this.users.verify(auth.username, auth.password); }
 */
export function SmtpAuth(...methods: readonly string[]): MethodDecorator {
  const selectors = new Set(methods.map((method) => method.trim().toUpperCase()));
  return handles('auth', selectors.size > 0 ? [...selectors] : undefined);
}

/**
 * Decides about the sender, at MAIL (RFC 5321 §4.1.1.2). The method gets the `ReversePath`.
 * A string is the text of the 250; `null` and `false` refuse with 550 5.7.1; an error is 451 4.3.0.
 *
 * @example
 * @SmtpMailFrom()
 * sender(path: ReversePath, @SmtpUser() user: User) { return user.addresses.includes(path.address); }
 */
export const SmtpMailFrom = (): MethodDecorator => handles('mail');

/**
 * Decides about a recipient, at each RCPT (RFC 5321 §4.1.1.3). The method gets the `ForwardPath`.
 * A string is the text of the 250; `null` and `false` refuse with 550 5.1.1; an error is 451 4.3.0.
 *
 * @example
 * @SmtpRcptTo()
 * recipient(path: ForwardPath) { return this.mailboxes.exists(path.address); }
 */
export const SmtpRcptTo = (): MethodDecorator => handles('rcpt');

/**
 * Takes a message, at DATA (RFC 5321 §4.1.1.4). The method runs before 354: its guards, or itself, may refuse before
 * anything is uploaded; the first read of the message makes the server send 354.
 * A string is the text of the 250; `null` and `false` refuse with 554 5.7.1; an error is 451 4.3.0, and so is success
 * before the end of the message without `message.discard()`.
 *
 * @example
 * @SmtpData()
 * async receive(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
 *   return `queued as ${await this.inbox.save(envelope, message)}`;
 * }
 */
export const SmtpData = (): MethodDecorator => handles('data');
