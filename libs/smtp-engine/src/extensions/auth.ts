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
import { loginVerdict, publishLogin } from '../session/login.js';
import { isPositive, then } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import type { Extension } from './extension.js';

const syntax = 'AUTH mechanism [initial-response]';
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

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
async function tryToAuthenticate(session: Session, args: string): Promise<Reply> {
  const reply = await authenticate(session, args);
  if (isPositive(reply) || session.isAuthenticated || reply.code === 535) return reply;
  session.fruitlessLogins++;
  return session.fruitlessLogins > MAX_FRUITLESS ? replies.tooManyFailedLogins : reply;
}

async function authenticate(session: Session, args: string): Promise<Reply> {
  if (!session.options.authEnabled) return replies.notImplemented;
  if (session.isAuthenticated) return replies.alreadyAuthenticated;
  const [name = '', initial, ...rest] = isLax(session) ? args.trim().split(/\s+/) : args.split(/ +/);
  if (name === '' || rest.length > 0) return replies.badAuthSyntax;
  if (!(await mayAuthenticateNow(session))) return replies.encryptionRequired;
  const surroundings = new SaslSurroundings(session);
  const wanted = name.toUpperCase();
  const mechanism = surroundings.offered.find((offered) => offered.name === wanted);
  if (mechanism === undefined) return replies.unknownMechanism;
  if (initial !== undefined && !mechanism.clientFirst) return replies.initialResponseNotAllowed;

  const credentials = await exchange(mechanism, mechanism.exchange(surroundings), initial, session);
  if (credentials instanceof Reply) return credentials;
  try {
    if (CONTROL_CHARACTERS.test(credentials.username + credentials.authzid)) return replies.malformedSaslResponse;
    return await decide(credentials, mechanism, session);
  } finally {
    credentials.wipe();
  }
}

/** The dialogue of challenges and responses (RFC 4954 §4): gives the credentials, or the reply that ended it. */
async function exchange(
  mechanism: Mechanism,
  steps: ReturnType<Mechanism['exchange']>,
  initial: string | undefined,
  session: Session,
): Promise<Credentials | Reply> {
  let step = await steps.next();
  // RFC 4954 §4: `=` is an empty initial response.
  let given = initial === undefined ? undefined : decodeResponse(initial === '=' ? '' : initial, session);
  try {
    while (step.done !== true) {
      const response = given ?? (await askResponse(step.value, session));
      if (response instanceof Reply) return response;
      given = undefined;
      try {
        step = await steps.next(response);
      } finally {
        response.fill(0); // it may be a password
      }
    }
    return step.value;
  } catch (error) {
    if (error instanceof SaslSyntaxError) return replies.malformedSaslResponse;
    if (error instanceof SmtpError) return session.conversation.replyToError(error);
    if (!(error instanceof SaslFailure)) throw error;
    const refusal = replies.authenticationFailed;
    publishLogin({ method: mechanism.name as Credentials['method'], username: error.username }, refusal, session);
    return countFailure(refusal, session);
  }
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
async function decide(credentials: Credentials, mechanism: Mechanism, session: Session): Promise<Reply> {
  const { reply, challenge } = await loginVerdict(credentials, session, () => confirm(credentials, mechanism, session));
  if (isPositive(reply)) return reply;
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
async function confirm(credentials: Credentials, mechanism: Mechanism, session: Session): Promise<Reply | undefined> {
  if (mechanism.successChallenge === undefined) return undefined;
  const response = await askResponse(mechanism.successChallenge(credentials), session);
  if (response instanceof Reply) return response;
  return response.length === 0 ? undefined : replies.malformedSaslResponse;
}

/** Counts a refusal, and lets the client wait for it. */
async function countFailure(reply: Reply, session: Session): Promise<Reply> {
  if (reply.isTransient) return reply;
  session.failedLogins++;
  await session.conversation.pause(authFailureDelay(session));
  return authFailuresExhausted(session) ? replies.tooManyFailedLogins : reply;
}
