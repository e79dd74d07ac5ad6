import type { Command } from '../commands/command.js';
import { authFailureDelay, authFailuresExhausted } from '../policy/auth-failure-budget.js';
import { mayAuthenticate } from '../policy/tls-before-auth.js';
import { decodeBase64 } from '../protocol/base64.js';
import { LINE_FLOOD } from '../protocol/line-decoder.js';
import { parseMailbox } from '../protocol/syntax.js';
import { decodeXtext } from '../protocol/xtext.js';
import { Reply, replies, SmtpError } from '../reply.js';
import type { Credentials } from '../sasl/credentials.js';
import { type Mechanism, SaslFailure, SaslSyntaxError } from '../sasl/mechanism.js';
import { SaslSurroundings } from '../sasl-surroundings.js';
import type { InputLine } from '../session/input.js';
import { isExempt } from '../session/exemption.js';
import { isHttpLine, reportIntruder } from '../session/intruders.js';
import { loginVerdict, publishLogin, type Verdict } from '../session/login.js';
import { attempt, isPositive, then, whatever } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import type { Extension } from './extension.js';

const syntax = 'AUTH mechanism [initial-response]';
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** A mechanism's side of an exchange. */
type Steps = ReturnType<Mechanism['exchange']>;

/** AUTH commands of a connection that may be cancelled, malformed or of an unknown mechanism. */
const MAX_FRUITLESS = 100;

const authCommand: Command = {
  verb: 'AUTH',
  syntax,
  phases: ['ready'],
  outOfPhase: replies.authInTransaction,
  mayAlsoStand: (session) => isLax(session) && (session.phase === 'mail' || session.phase === 'rcpt'),
  failure: replies.temporaryAuthFailure,
  run: tryToAuthenticate,
};

/** AUTH (RFC 4954): drives any SASL mechanism with one loop. */
export const auth: Extension = {
  keyword: 'AUTH',
  offer(session) {
    if (!session.options.authEnabled || session.isAuthenticated) return false;
    return then(mayAuthenticateNow(session), (may) => {
      const names = may ? new SaslSurroundings(session).offered.map(({ name }) => name) : [];
      return names.length > 0 && names.join(' ');
    });
  },
  commands: [authCommand],
  mailParameters: {
    // RFC 4954 §5: who submitted the message first. Any server with AUTH takes it; we believe nobody.
    AUTH(value, _draft, { options }) {
      if (!options.authEnabled) return replies.unknownParameter;
      const address = value === true ? undefined : decodeXtext(value);
      return address === '<>' || (address !== undefined && parseMailbox(address))
        ? undefined
        : replies.badAuthParameter;
    },
  },
};

function mayAuthenticateNow(session: Session): boolean | Promise<boolean> {
  return mayAuthenticate(session) || isExempt('tls-before-auth', session);
}

/** AUTH is no command that counts before login, and one that comes to nothing no failed login; but it has to end once. */
function tryToAuthenticate(session: Session, args: string): Reply | Promise<Reply> {
  return then(authenticate(session, args), (reply) => {
    if (isPositive(reply) || session.isAuthenticated || reply.code === 535) return reply;
    session.fruitlessLogins++;
    return session.fruitlessLogins > MAX_FRUITLESS ? replies.tooManyFailedLogins : reply;
  });
}

function authenticate(session: Session, args: string): Reply | Promise<Reply> {
  if (!session.options.authEnabled) return replies.notImplemented;
  if (session.isAuthenticated) return replies.alreadyAuthenticated;
  const [name = '', initial, ...rest] = isLax(session) ? args.trim().split(/\s+/) : args.split(/ +/);
  if (name === '' || rest.length > 0) return replies.badAuthSyntax;
  return then(mayAuthenticateNow(session), (may) =>
    may ? authenticateWith(name.toUpperCase(), initial, session) : replies.encryptionRequired,
  );
}

function authenticateWith(wanted: string, initial: string | undefined, session: Session): Reply | Promise<Reply> {
  const surroundings = new SaslSurroundings(session);
  const mechanism = surroundings.offered.find(({ name }) => name === wanted);
  if (mechanism === undefined) return replies.unknownMechanism;
  if (initial !== undefined && !mechanism.clientFirst) return replies.initialResponseNotAllowed;
  return then(exchange(mechanism, mechanism.exchange(surroundings), initial, session), (credentials) => {
    if (credentials instanceof Reply) return credentials;
    const hasControls = CONTROL_CHARACTERS.test(credentials.username + credentials.authzid);
    return whatever(
      () => (hasControls ? replies.malformedSaslResponse : decide(credentials, mechanism, session)),
      () => credentials.wipe(),
    );
  });
}

/** The dialogue of challenges and responses (RFC 4954 §4): gives the credentials, or the reply that ended it. */
function exchange(
  mechanism: Mechanism,
  steps: Steps,
  initial: string | undefined,
  session: Session,
): Credentials | Reply | Promise<Credentials | Reply> {
  return attempt<Credentials | Reply, Credentials | Reply>(
    () => {
      // RFC 4954 §4: `=` is an empty initial response.
      const given = initial === undefined ? undefined : decodeResponse(initial === '=' ? '' : initial, session);
      return then(steps.next(), (step) => respond(step, given, steps, session));
    },
    (result) => result,
    (error) => {
      if (error instanceof SaslSyntaxError) return replies.malformedSaslResponse;
      if (error instanceof SmtpError) return session.conversation.replyToError(error);
      if (!(error instanceof SaslFailure)) throw error;
      const refusal = replies.authenticationFailed;
      publishLogin({ method: mechanism.name as Credentials['method'], username: error.username }, refusal, session);
      return countFailure(refusal, session);
    },
  );
}

/** Goes on from a challenge, with the response that is there already or the one that the client is asked for. */
function respond(
  step: IteratorResult<Buffer, Credentials>,
  given: Buffer | Reply | undefined,
  steps: Steps,
  session: Session,
): Credentials | Reply | Promise<Credentials | Reply> {
  if (step.done === true) return step.value;
  return then(given ?? askResponse(step.value, session), (response) => {
    if (response instanceof Reply) return response;
    const next = whatever<IteratorResult<Buffer, Credentials>>(
      () => steps.next(response),
      () => response.fill(0), // it may be a password
    );
    return then(next, (following) => respond(following, undefined, steps, session));
  });
}

async function askResponse(challenge: Buffer, session: Session): Promise<Buffer | Reply> {
  const line = await ask(challenge, session);
  if (typeof line === 'symbol') return line === LINE_FLOOD ? replies.lineFlood : replies.authLineTooLong;
  const text = isLax(session) ? line.trim() : line;
  if (text === '*') return replies.authCancelled;
  const response = decodeResponse(text, session);
  const isIntruder = response instanceof Reply && isHttpLine(line, session.options.commandSyntax);
  if (isIntruder) reportIntruder(session, 'http');
  return isIntruder ? replies.httpRequest : response;
}

function ask(challenge: Buffer, { conversation }: Session): Promise<InputLine> {
  return conversation.ask(`334 ${challenge.toString('base64')}\r\n`);
}

function decodeResponse(text: string, session: Session): Buffer | Reply {
  return decodeBase64(isLax(session) ? padded(text) : text) ?? replies.malformedBase64;
}

/** Some clients leave the padding out. */
function padded(text: string): string {
  const bare = text.replace(/={1,2}$/, '');
  return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

function isLax({ options }: Session): boolean {
  return options.commandSyntax === 'lax';
}

/** Asks the application and turns what it says into session state and reply. */
function decide(credentials: Credentials, mechanism: Mechanism, session: Session): Reply | Promise<Reply> {
  const verdict = loginVerdict(credentials, session, () => confirm(credentials, mechanism, session));
  return then(verdict, ({ reply, challenge }) =>
    isPositive(reply) ? reply : refuse(reply, challenge, mechanism, session),
  );
}

async function refuse(
  reply: Reply,
  challenge: Verdict['challenge'],
  mechanism: Mechanism,
  session: Session,
): Promise<Reply> {
  const refusal = await countFailure(reply, session);
  if (mechanism.failureChallenge === undefined || challenge === false || reply.isTransient) return refusal;
  // The client answers the error challenge with anything, an empty line or %x01; then comes the failure.
  const line = await ask(mechanism.failureChallenge(challenge), session);
  return line === LINE_FLOOD ? replies.lineFlood : refusal;
}

/**
 * What the mechanism still has to say to a client that is welcome. SMTP has no room for it in the 235, so it is a last
 * challenge, which the client answers with an empty line (RFC 4954 §4, RFC 4422 §5 item 2.b.ii); or gives up.
 */
function confirm(
  credentials: Credentials,
  mechanism: Mechanism,
  session: Session,
): Reply | undefined | Promise<Reply | undefined> {
  if (mechanism.successChallenge === undefined) return undefined;
  return then(askResponse(mechanism.successChallenge(credentials), session), (response) => {
    if (response instanceof Reply) return response;
    return response.length === 0 ? undefined : replies.malformedSaslResponse;
  });
}

/** Counts a refusal, and lets the client wait for it. */
async function countFailure(reply: Reply, session: Session): Promise<Reply> {
  if (reply.isTransient) return reply;
  session.failedLogins++;
  await session.conversation.pause(authFailureDelay(session));
  return authFailuresExhausted(session) ? replies.tooManyFailedLogins : reply;
}
