import type { SmtpHandlerPlace } from '../interfaces/handler-place.interface.js';
import { handles, type Selection } from './stage.decorator.js';

/** Names, and where the handler holds at the end. */
type NamesAndPlace = readonly string[] | readonly [...names: string[], place: SmtpHandlerPlace];
/** Which recipients, and where the handler holds. */
type PatternAndPlace =
  readonly [place?: SmtpHandlerPlace] | readonly [pattern: string, place?: SmtpHandlerPlace | undefined];

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
export function SmtpAuth(...methods: NamesAndPlace): MethodDecorator {
  return handles('auth', namesAndPlace(methods));
}

/**
 * Decides about the sender, at MAIL (RFC 5321 §4.1.1.2). The method gets the `ReversePath`.
 * A string is the text of the 250; `null` and `false` refuse with 550 5.7.1; an error is 451 4.3.0.
 *
 * @example
 * @SmtpMailFrom()
 * sender(path: ReversePath, @SmtpUser() user: User) { return user.addresses.includes(path.address); }
 */
export const SmtpMailFrom = (place?: SmtpHandlerPlace): MethodDecorator => handles('mail', { place });

/**
 * Decides about a recipient, at each RCPT (RFC 5321 §4.1.1.3). The method gets the `ForwardPath`.
 * A string is the text of the 250; `null` and `false` refuse with 550 5.1.1; an error is 451 4.3.0.
 *
 * With a pattern it decides about the recipients that match it, `:name` being given by `@SmtpParam('name')`: the most
 * specific pattern wins. A pattern holds at listeners where no login is required, unless it is bound to others.
 *
 * @throws SmtpSetupError at boot for a pattern that is none, or whose messages no `@SmtpData()` receives
 * @example
 * @SmtpRcptTo()
 * recipient(path: ForwardPath) { return this.mailboxes.exists(path.address); }
 */
export const SmtpRcptTo = (...which: PatternAndPlace): MethodDecorator => handles('rcpt', patternAndPlace(which));

/**
 * Takes a message, at DATA (RFC 5321 §4.1.1.4). The method runs before 354: its guards, or itself, may refuse before
 * anything is uploaded; the first read of the message makes the server send 354.
 * A string is the text of the 250; `null` and `false` refuse with 554 5.7.1; an error is 451 4.3.0, and so is success
 * before the end of the message without `message.discard()`.
 *
 * With a pattern it is a route: it takes the messages to recipients that match, as `@SmtpRcptTo()` does. One transaction
 * takes one route with one set of parameters; recipients of another one get 452 4.5.3, and their client sends them next.
 *
 * @example
 * @SmtpData()
 * async receive(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) {
 *   return `queued as ${await this.inbox.save(envelope, message)}`;
 * }
 */
export const SmtpData = (...which: PatternAndPlace): MethodDecorator => handles('data', patternAndPlace(which));

/**
 * Decides whether a client may talk to us, before the greeting (RFC 5321 §3.1). The method gets the `Session`.
 * `null` and `false` refuse with 554; an error is 421 (RFC 5321 §3.8). Either closes the connection.
 *
 * @example
 * @SmtpConnect()
 * async connect(session: Session) { return !(await this.blocklist.has(session.remoteAddress)); }
 */
export const SmtpConnect = (place?: SmtpHandlerPlace): MethodDecorator => handles('connect', { place });

/**
 * Decides after each TLS handshake (RFC 3207, RFC 8314): of STARTTLS, and of a listener with `secure`. The method gets
 * the `Session`. `null` and `false` refuse with 554, an error with 421; after STARTTLS that is the answer to the next
 * command. Then the connection closes.
 *
 * @example
 * @SmtpSecure()
 * secure(session: Session) { return session.servername !== false; }
 */
export const SmtpSecure = (place?: SmtpHandlerPlace): MethodDecorator => handles('secure', { place });

/**
 * Decides about the name a client calls itself, at EHLO, HELO and LHLO (RFC 5321 §4.1.1.1). The method gets the
 * `Session`, with the name in `hostNameAppearsAs`. `null` and `false` refuse with 550, and leave all as it was.
 *
 * @example
 * @SmtpHello()
 * hello(session: Session) { return session.hostNameAppearsAs !== 'localhost'; }
 */
export const SmtpHello = (place?: SmtpHandlerPlace): MethodDecorator => handles('hello', { place });

/**
 * Gives what is stored of a user for SCRAM (RFC 5802, RFC 7677); without it no SCRAM mechanism is offered, with it
 * SCRAM-SHA-256 is. The method gets a `ScramQuery` and gives a `ScramSecret`, or `null` where there is no such user: the
 * dialogue goes on to its end then, and is 535, so that nobody can list users. An error is 454 4.7.0.
 *
 * After a proof that fits `@SmtpAuth('SCRAM-SHA-256')`, or a bare one, gets the ScramAuth and says who that is; without
 * either the user is `{ username }`.
 *
 * @throws SmtpSetupError at boot where a SCRAM mechanism is named and nobody gives secrets
 * @example
 * @SmtpSecret()
 * async secret({ username, mechanism }: ScramQuery) { return (await this.users.find(username))?.scram[mechanism] ?? null; }
 */
export const SmtpSecret = (place?: SmtpHandlerPlace): MethodDecorator => handles('secret', { place });

/**
 * Handles commands (RFC 5321 §4.1) by their verbs, your own ones too; without any, all that no other handler names. The
 * method gets the `CommandInfo`, after the guards of all commands and before the engine looks at it: in any phase, and
 * before login.
 *
 * A `Reply` is the answer, a string the text of a 250; `null` and `false` refuse with 550 5.7.1. With nothing or `true`
 * a verb the server has goes on as ever, and one of your own is 250. Of AUTH only the verb is given.
 *
 * @example
 * @SmtpCommand('XSTATUS')
 * status() { return `${this.queue.length} messages wait`; }
 */
export function SmtpCommand(...verbs: NamesAndPlace): MethodDecorator {
  return handles('command', namesAndPlace(verbs));
}

/**
 * Runs when a connection has gone, however it ended. The method gets the `Session`; what it returns is ignored, what it
 * throws is logged. A shutdown waits for it.
 *
 * @example
 * @SmtpClose()
 * close(session: Session) { this.statistics.ended(session.id); }
 */
export const SmtpClose = (place?: SmtpHandlerPlace): MethodDecorator => handles('close', { place });

/** Names in capitals, each once; none is all the rest. */
function namesAndPlace(given: readonly (string | SmtpHandlerPlace)[]): Selection {
  const names = given.filter(isName).map((name) => name.trim().toUpperCase());
  const place = given.find((each): each is SmtpHandlerPlace => !isName(each));
  return { selectors: names.length > 0 ? [...new Set(names)] : undefined, place };
}

function isName(given: string | SmtpHandlerPlace): given is string {
  return typeof given === 'string';
}

function patternAndPlace(given: PatternAndPlace): Selection {
  const [first, second] = given;
  return typeof first === 'string' ? { pattern: first, place: second } : { place: first };
}
