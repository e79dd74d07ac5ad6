import { type SmtpPipe, smtpParameter } from './smtp-parameter.js';

const session = smtpParameter({ name: 'SmtpSession', read: (context) => context.session });
const user = smtpParameter({ name: 'SmtpUser', read: (context) => context.user });
const envelope = smtpParameter({
  name: 'SmtpEnvelope',
  stages: ['mail', 'rcpt', 'data'],
  read: (context) => context.envelope,
});
const message = smtpParameter({ name: 'SmtpMessage', stages: ['data'], read: (context) => context.message });
const address = smtpParameter({ name: 'SmtpAddress', stages: ['mail', 'rcpt'], read: (context) => context.path });
const param = smtpParameter<string>({
  name: 'SmtpParam',
  stages: ['rcpt', 'data'],
  patternName: (name) => name,
  read: (context, name) => context.params[name],
});
const tls = smtpParameter({ name: 'SmtpTls', read: (context) => context.session.tlsOptions });
const signal = smtpParameter({ name: 'SmtpSignal', read: (context) => context.signal });
const subject = smtpParameter({ name: 'SmtpSubject', read: (context) => context.subject });
const context = smtpParameter({ name: 'SmtpContext', read: (given) => given });

/**
 * The dialogue with the client (RFC 5321 §3.1): one `Session` for the whole connection.
 *
 * @example login(auth: PasswordAuth, @SmtpSession() session: Session) { … }
 */
export const SmtpSession = (): ParameterDecorator => session(undefined);

/**
 * Who is logged in: what the `@SmtpAuth()` handler returned; undefined before login.
 *
 * @example receive(@SmtpMessage() message: MessageStream, @SmtpUser() user: User) { … }
 */
export const SmtpUser = (): ParameterDecorator => user(undefined);

/**
 * The `Envelope` of the transaction (RFC 5321 §2.3.1): sender, recipients so far, parameters. At AUTH a boot error.
 *
 * @example receive(@SmtpMessage() message: MessageStream, @SmtpEnvelope() envelope: Envelope) { … }
 */
export const SmtpEnvelope = (): ParameterDecorator => envelope(undefined);

/**
 * The `MessageStream`: the mail data, dot-unstuffed, as a Readable. Its first read makes the server send 354
 * (RFC 5321 §4.1.1.4). Outside `@SmtpData()` a boot error.
 *
 * @example receive(@SmtpMessage() message: MessageStream) { return pipeline(message, createWriteStream(path)); }
 */
export const SmtpMessage = (): ParameterDecorator => message(undefined);

/**
 * The path at hand (RFC 5321 §4.1.2): `ReversePath` at `@SmtpMailFrom()`, `ForwardPath` at `@SmtpRcptTo()`.
 * Elsewhere a boot error.
 *
 * @example recipient(@SmtpAddress() path: ForwardPath) { return this.mailboxes.exists(path.address); }
 */
export const SmtpAddress = (): ParameterDecorator => address(undefined);

/**
 * What stands in the recipient's address for `:name` of the pattern, as the client sent it; pipes may convert it. A name
 * that the pattern does not have is a boot error, and so is a stage other than `@SmtpRcptTo()` and `@SmtpData()`.
 *
 * @example
 * @SmtpRcptTo('support+:ticket@example.com')
 * ticket(@SmtpParam('ticket', ParseIntPipe) ticket: number) { return this.tickets.exists(ticket); }
 */
export const SmtpParam = (name: string, ...pipes: readonly SmtpPipe[]): ParameterDecorator => param(name, ...pipes);

/**
 * The cipher in use (`TlsCipher`), false on a clear connection.
 *
 * @example sender(path: ReversePath, @SmtpTls() tls: TlsCipher | false) { … }
 */
export const SmtpTls = (): ParameterDecorator => tls(undefined);

/**
 * An `AbortSignal` that fires when the result is of no use any more: the client is gone, or the handler was too slow.
 *
 * @example receive(@SmtpMessage() message: MessageStream, @SmtpSignal() signal: AbortSignal) { … }
 */
export const SmtpSignal = (): ParameterDecorator => signal(undefined);

/** The first undecorated parameter: the stage's own object. */
export const stageSubject = (): ParameterDecorator => subject(undefined);

/** The second undecorated parameter: the SmtpContext. */
export const stageContext = (): ParameterDecorator => context(undefined);
