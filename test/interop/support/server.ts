import { afterEach } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { AddressInfo } from 'node:net';
import {
  type Backend,
  type Credentials,
  type Envelope,
  type ListenerOptions,
  type ScramKeys,
  type ScramMechanism,
  scramSecret,
  type Session,
  type SmtpServerOptions,
} from 'smtp-engine';
import { type Engine, eventually, startEngine } from '../../support/engine.js';

/** Who may log in everywhere in these tests, and with what. */
export const USER = 'alice';
export const PASSWORD = 'pass word+/='; // blanks and base64's own characters must come through
export const TOKEN = 'ya29.token-of-alice';

/** A login the server was asked about. */
export interface SeenLogin {
  readonly method: string;
  readonly username: string;
  readonly authzid: string;
  /** What an anonymous client said of itself. */
  readonly trace?: string;
  readonly success: boolean;
}

/** A message the server took, and what it knew of its session at that moment. */
export interface SeenMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** Octets as latin1. */
  readonly text: string;
  readonly envelope: Envelope;
  /** As the Received field would say it, such as ESMTPSA. */
  readonly transmissionType: string;
  readonly hello: string | false;
  readonly user: unknown;
  readonly method: string | undefined;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly clientHostname: string;
  readonly secure: boolean;
  readonly xForward: Session['xForward'];
  readonly session: Session;
}

/** An engine on loopback ports that writes down what its clients do. */
export interface InteropServer extends Pick<Engine, 'port' | 'securePort' | 'errors' | 'sessions'> {
  readonly logins: readonly SeenLogin[];
  readonly messages: readonly SeenMessage[];
  /** Command lines of all clients in their order; of AUTH without its argument. */
  readonly commands: readonly string[];
  /** Opens one more port, with options of its own. */
  listen(options: ListenerOptions): Promise<number>;
  /** The only message; waits for it. Fails when the engine reported an error. */
  message(): Promise<SeenMessage>;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Starts an engine; it ends with the test. Login is taken where it is offered, not required, unless the options say so. */
export async function startServer(options: SmtpServerOptions = {}, more: Backend = {}): Promise<InteropServer> {
  const logins: SeenLogin[] = [];
  const messages: SeenMessage[] = [];
  const commands: string[] = [];
  const backend: Backend = {
    auth: (credentials, { authMethod }) => {
      const success = authMethod === undefined && isAlice(credentials);
      const { method, username, authzid } = credentials;
      const trace = credentials.method === 'ANONYMOUS' ? { trace: credentials.trace } : {};
      logins.push({ method, username, authzid, ...trace, success });
      return success ? { name: username } : false;
    },
    secret: ({ username, mechanism }) => (username === USER ? scramKeys(mechanism) : null),
    async data(message, { envelope, session }) {
      const chunks: Buffer[] = [];
      for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
      messages.push(seenMessage(Buffer.concat(chunks).toString('latin1'), envelope, session));
      return `queued as ${messages.length}`;
    },
    ...more,
  };
  const engine = await startEngine(backend, options);
  const onCommand = (event: unknown): void => {
    const { session, verb, args } = event as { session: Session; verb: string; args: string };
    if (engine.sessions.includes(session)) commands.push(args === '' ? verb : `${verb} ${args}`);
  };
  subscribe('smtp-engine:command', onCommand);
  stops.push(async () => {
    unsubscribe('smtp-engine:command', onCommand);
    await engine.stop();
  });
  const message = async (): Promise<SeenMessage> => {
    await eventually(() => messages.length > 0);
    if (engine.errors.length > 0) throw new Error(`the engine reported: ${String(engine.errors)}`);
    if (messages.length > 1) throw new Error(`${messages.length} messages came`);
    return messages[0]!;
  };
  const listen = async (more: ListenerOptions): Promise<number> => {
    const { address } = await engine.server.listen({ host: '127.0.0.1', port: 0, ...more });
    return (address as AddressInfo).port;
  };
  const { port, securePort, errors, sessions } = engine;
  return { port, securePort, errors, sessions, logins, messages, commands, listen, message };
}

function seenMessage(text: string, envelope: Envelope, session: Session): SeenMessage {
  const { transmissionType, hostNameAppearsAs, user, authMethod, remoteAddress, remotePort, clientHostname } = session;
  return {
    from: envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    text,
    envelope,
    transmissionType,
    hello: hostNameAppearsAs,
    user,
    method: authMethod,
    remoteAddress,
    remotePort,
    clientHostname,
    secure: session.secure,
    xForward: session.xForward,
    session,
  };
}

/** Each kind of credentials has its own proof; what has none was proved before (XCLIENT, a client certificate). */
function isAlice(credentials: Credentials): boolean {
  if (credentials.method === 'ANONYMOUS') return true;
  if (credentials.username !== USER) return false;
  if ('verified' in credentials) return credentials.verified;
  if ('validatePassword' in credentials) return credentials.validatePassword(PASSWORD);
  if ('accessToken' in credentials) return credentials.accessToken === TOKEN;
  return !('password' in credentials) || credentials.password === null || credentials.password === PASSWORD;
}

/** What a user store would have of alice, made once. */
const storedKeys = new Map<ScramMechanism, Promise<ScramKeys>>();
function scramKeys(mechanism: ScramMechanism): Promise<ScramKeys> {
  const keys = storedKeys.get(mechanism) ?? scramSecret(PASSWORD, mechanism);
  storedKeys.set(mechanism, keys);
  return keys;
}
