import { type Reply, replies } from '../reply.js';
import { XClientAuth } from '../sasl/credentials.js';
import { mayVouch } from '../session/trust.js';
import { toAuthentication } from './auth.js';
import type { SMTPConnection } from './connection.js';
import type { Outcome } from './handlers.js';
import { type ProxyAttributes, readProxyAttributes } from './proxy-attributes.js';
import type { Wording } from './replies.js';
import type { SMTPServerAuthentication, SMTPServerAuthenticationResponse } from './types.js';

const XCLIENT_NAMES = ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN'];
const XFORWARD_NAMES = ['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'IDENT', 'SOURCE'];

/** What XCLIENT and XFORWARD need of their server. */
export interface ProxyCommandsHost {
  readonly wording: Wording;
  /** What stands in the greeting. */
  readonly greeting: string;
  /** Asks onAuth. */
  ask(auth: SMTPServerAuthentication, connection: SMTPConnection): Promise<Outcome>;
  /** The event `connect`, unless the client has been told of. */
  announce(connection: SMTPConnection): void;
}

/**
 * XCLIENT and XFORWARD as smtp-server has them: what a proxy says replaces the fields of the session, one by one, and a
 * client without a new address goes on where it was. The engine's own commands follow Postfix instead.
 */
export class ProxyCommands {
  constructor(private readonly host: ProxyCommandsHost) {}

  /** The reply to one of the two; undefined for other verbs. */
  answer(verb: string, args: string, connection: SMTPConnection): Reply | Promise<Reply> | undefined {
    if (verb === 'XCLIENT') return this.xclient(args, connection);
    return verb === 'XFORWARD' ? this.xforward(args, connection) : undefined;
  }

  private xclient(args: string, connection: SMTPConnection): Reply | Promise<Reply> {
    const { engine } = connection;
    if (!mayVouch(engine, engine.options.xclientPeers)) return replies.xclientRefused;
    if (engine.current !== undefined) return replies.transactionInProgress;
    const attributes = readProxyAttributes(args, XCLIENT_NAMES, ['[UNAVAILABLE]', '[TEMPUNAVAIL]']);
    if (typeof attributes === 'string') return this.host.wording.reply(501, attributes);
    for (const [name, value] of attributes) connection.introduce(name, value);
    if (attributes.has('ADDR')) this.host.announce(connection);
    return this.begin(attributes, connection);
  }

  private async begin(attributes: ProxyAttributes, connection: SMTPConnection): Promise<Reply> {
    const login = attributes.get('LOGIN');
    if (login === '') connection.logOut();
    const refusal = login ? await this.logIn(login, connection) : undefined;
    if (refusal !== undefined) {
      connection.engine.phase = 'closing';
      return refusal;
    }
    connection.startOver();
    connection.refresh();
    return this.host.wording.bare(220, this.host.greeting);
  }

  private async logIn(username: string, connection: SMTPConnection): Promise<Reply | undefined> {
    const { wording } = this.host;
    const { error, value } = await this.host.ask(toAuthentication(new XClientAuth(username.trim())), connection);
    if (error) return wording.reply(550, (error as Error).message);
    // A proxy names a user of whom nobody here knows: its client goes on without login.
    if (!value) return undefined;
    const user: unknown = (value as SMTPServerAuthenticationResponse).user;
    if (!user) return wording.reply(550, 'Authentication credentials invalid');
    connection.logIn(user);
    return undefined;
  }

  private xforward(args: string, connection: SMTPConnection): Reply {
    const { engine } = connection;
    if (!mayVouch(engine, engine.options.xforwardPeers)) return replies.xforwardRefused;
    if (engine.current !== undefined) return replies.transactionInProgress;
    const attributes = readProxyAttributes(args, XFORWARD_NAMES, ['[UNAVAILABLE]']);
    if (typeof attributes === 'string') return this.host.wording.reply(501, attributes);
    for (const [name, value] of attributes) connection.forward(name, value);
    connection.startOver();
    connection.refresh();
    if (attributes.get('ADDR')) {
      connection.isUntold = true;
      this.host.announce(connection);
    }
    return replies.ok;
  }
}
