import type { Command } from '../commands/command.js';
import { mayAuthenticate } from '../policy/tls-before-auth.js';
import { authFailuresExhausted } from '../policy/auth-failure-budget.js';
import { decodeBase64 } from '../protocol/base64.js';
import { LINE_FLOOD } from '../protocol/line-decoder.js';
import { parseMailbox } from '../protocol/syntax.js';
import { decodeXtext } from '../protocol/xtext.js';
import { Reply, replies } from '../reply.js';
import type { Credentials } from '../sasl/credentials.js';
import { mechanisms } from '../sasl/index.js';
import { type Mechanism, SaslSyntaxError } from '../sasl/mechanism.js';
import type { InputLine } from '../session/conversation.js';
import { isExempt } from '../session/exemption.js';
import { loginVerdict } from '../session/login.js';
import { isPositive, then } from '../session/outcome.js';
import type { Session } from '../session/session.js';
import type { Extension } from './extension.js';

const syntax = 'AUTH mechanism [initial-response]';
const badSyntax = new Reply(501, '5.5.4', `Syntax: ${syntax}`);
const badAuthParameter = new Reply(501, '5.5.4', 'AUTH takes an address or <> as xtext');
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

const authCommand: Command = {
  verb: 'AUTH',
  syntax,
  phases: ['ready'],
  outOfPhase: replies.authInTransaction,
  failure: replies.temporaryAuthFailure,
  run: authenticate,
};

/** AUTH (RFC 4954): drives any SASL mechanism with one loop. */
export const auth: Extension = {
  offer(session) {
    if (!session.options.authEnabled || session.isAuthenticated) return undefined;
    return then(mayAuthenticateNow(session), (may) =>
      may ? `AUTH ${session.options.authMethods.join(' ')}` : undefined,
    );
  },
  commands: [authCommand],
  mailParameters: {
    // RFC 4954 §5: who submitted the message first. Any server with AUTH takes it; we believe nobody.
    AUTH(value, _draft, { options }) {
      if (!options.authEnabled) return replies.unknownParameter;
      const address = value === true ? undefined : decodeXtext(value);
      return address === '<>' || (address !== undefined && parseMailbox(address)) ? undefined : badAuthParameter;
    },
  },
};

function mayAuthenticateNow(session: Session): boolean | Promise<boolean> {
  return mayAuthenticate(session) || isExempt('tls-before-auth', session);
}

async function authenticate(session: Session, args: string): Promise<Reply> {
  if (!session.options.authEnabled) return replies.notImplemented;
  if (session.isAuthenticated) return replies.alreadyAuthenticated;
  const [name = '', initial, ...rest] = args.split(/ +/);
  if (name === '' || rest.length > 0) return badSyntax;
  if (!(await mayAuthenticateNow(session))) return replies.encryptionRequired;
  const mechanism = mechanisms.get(name.toUpperCase());
  if (mechanism === undefined || !session.options.authMethods.includes(mechanism.name)) return replies.unknownMechanism;

  const credentials = await exchange(mechanism, initial, session);
  if (credentials instanceof Reply) return credentials;
  if (CONTROL_CHARACTERS.test(credentials.username + credentials.authzid)) return replies.malformedSaslResponse;
  return decide(credentials, mechanism, session);
}

/** The dialogue of challenges and responses (RFC 4954 §4): gives the credentials, or the reply that ended it. */
async function exchange(
  mechanism: Mechanism,
  initial: string | undefined,
  session: Session,
): Promise<Credentials | Reply> {
  const steps = mechanism.exchange({ serverName: session.options.name });
  let step = steps.next();
  let given: Buffer | Reply | undefined;
  if (initial !== undefined) {
    if (!mechanism.clientFirst) return replies.initialResponseNotAllowed;
    given = decodeResponse(initial === '=' ? '' : initial); // RFC 4954 §4: `=` is an empty initial response
  }
  try {
    while (step.done !== true) {
      const response = given ?? (await askResponse(step.value, session));
      if (response instanceof Reply) return response;
      given = undefined;
      step = steps.next(response);
    }
    return step.value;
  } catch (error) {
    if (error instanceof SaslSyntaxError) return replies.malformedSaslResponse;
    throw error;
  }
}

async function askResponse(challenge: Buffer, session: Session): Promise<Buffer | Reply> {
  const line = await ask(challenge, session);
  if (typeof line === 'symbol') return line === LINE_FLOOD ? replies.lineFlood : replies.authLineTooLong;
  const text = line.toString('latin1');
  return text === '*' ? replies.authCancelled : decodeResponse(text);
}

function ask(challenge: Buffer, { conversation }: Session): Promise<InputLine> {
  return conversation.ask(`334 ${challenge.toString('base64')}\r\n`);
}

function decodeResponse(text: string): Buffer | Reply {
  return decodeBase64(text) ?? replies.malformedBase64;
}

/** Asks the application and turns what it says into session state and reply. */
async function decide(credentials: Credentials, mechanism: Mechanism, session: Session): Promise<Reply> {
  const verdict = await loginVerdict(credentials, session);
  if (isPositive(verdict.reply)) return verdict.reply;
  if (mechanism.failureChallenge !== undefined && !verdict.reply.isTransient) {
    // The client answers the error challenge with anything, mostly an empty line; then comes the failure.
    const line = await ask(mechanism.failureChallenge(verdict.challenge), session);
    if (line === LINE_FLOOD) return replies.lineFlood;
  }
  return countFailure(verdict.reply, session);
}

function countFailure(reply: Reply, session: Session): Reply {
  if (reply.isTransient) return reply;
  session.failedLogins++;
  return authFailuresExhausted(session) ? replies.tooManyFailedLogins : reply;
}
