import { createHmac, randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Backend, CommandInfo, ExemptibleRule } from '../backend.js';
import type { ForwardPath, ReversePath } from '../mail-path.js';
import { type Reply, replies, SmtpError } from '../reply.js';
import type { Credentials } from '../sasl/credentials.js';
import type { ScramQuery, ScramSecret } from '../sasl/scram-keys.js';
import { SmtpHandshakeFailed } from '../session/errors.js';
import type { MessageStream } from '../session/message-stream.js';
import type { Session } from '../session/session.js';
import type { Transaction } from '../session/transaction.js';
import { toAuthentication } from './auth.js';
import type { CommandRules } from './command-rules.js';
import type { SMTPConnection } from './connection.js';
import { callHandler, HandlerFailure, type Outcome } from './handlers.js';
import type { Logger } from './logger.js';
import { inOne, readWhole, verdictOf } from './message.js';
import { toAddress } from './path-syntax.js';
import { ProxyCommands } from './proxy-commands.js';
import { tlsFailure } from './tls-failure.js';
import { isRefusalCode, type Wording } from './replies.js';
import type { Settings } from './settings.js';
import type {
  SMTPServerAuthenticationResponse,
  SMTPServerConnectionInfo,
  SMTPServerDataStream,
  SMTPServerHandlers,
  SMTPServerOptions,
} from './types.js';

/** What the backend needs of its server. */
export interface BackendHost {
  readonly handlers: SMTPServerHandlers;
  readonly options: SMTPServerOptions;
  readonly settings: Settings;
  readonly wording: Wording;
  readonly rules: CommandRules;
  readonly logger: Logger;
  connectionOf(session: Session): SMTPConnection;
  /** The event `connect`. */
  tell(info: SMTPServerConnectionInfo): void;
  /** The dialogue begins. */
  met(connection: SMTPConnection): void;
  gone(connection: SMTPConnection): void;
  /** The event `error`. */
  failed(error: unknown): void;
  /** Makes a certificate where the application gave none, before a handshake. */
  ensureCertificate(): Promise<void>;
}

/** The engine's hooks, answered by smtp-server's handlers. */
export class CompatBackend implements Backend {
  /** A salt for each user while the process lives, so that clients may keep what they derived. */
  private readonly saltKey = randomBytes(32);
  private readonly proxies: ProxyCommands;

  constructor(private readonly host: BackendHost) {
    this.proxies = new ProxyCommands({
      wording: host.wording,
      greeting: host.settings.greeting,
      ask: (auth, { session }) => this.call(() => callHandler(host.handlers, 'onAuth', auth, session)),
      announce: (connection) => this.announce(connection),
    });
  }

  async connect(session: Session): Promise<Reply | undefined> {
    const connection = this.host.connectionOf(session);
    this.host.met(connection);
    connection.isMet = true;
    connection.open();
    connection.refresh();
    const { error } = await this.call(() => callHandler(this.host.handlers, 'onConnect', connection.session));
    const { wording } = this.host;
    if (session.conversation.spokeEarly) return replies.earlyTalker;
    if (error) return wording.bareRefusal(error, 554);
    const refusal = session.secure ? await this.askSecure(connection) : undefined;
    if (refusal) return wording.bareRefusal(refusal, 554);
    const { useXClient, useXForward } = this.host.options;
    if (!useXClient && !useXForward) this.announce(connection);
    return undefined;
  }

  /** After STARTTLS. With implicit TLS onSecure comes behind onConnect, with `needsUpgrade` before it as well. */
  async secure(session: Session): Promise<Reply | undefined> {
    const connection = this.host.connectionOf(session);
    if (!connection.isMet && !this.host.options.needsUpgrade) return undefined;
    connection.open();
    connection.session.user = false;
    connection.refresh();
    const error = await this.askSecure(connection);
    if (!error) return undefined;
    const refusal = this.host.wording.refusal(error, 554);
    session.conversation.cut(refusal);
    return refusal;
  }

  async command(command: CommandInfo, session: Session): Promise<Reply | undefined> {
    const { host } = this;
    const connection = host.connectionOf(session);
    connection.refresh();
    this.logCommand(command, connection);
    const objection = host.rules.judge(command, connection);
    if (objection !== undefined) return objection;
    if (command.verb === 'MAIL' && session.phase === 'ready') this.announce(connection);
    if (command.verb === 'STARTTLS') await host.ensureCertificate();
    return this.proxies.answer(command.verb, command.args, connection);
  }

  isExempt(rule: ExemptibleRule, session: Session): boolean {
    // smtp-server's documented way to have AUTH in clear text; hidden STARTTLS is none.
    return rule === 'tls-before-auth' && this.host.rules.isDisabled('STARTTLS', this.host.connectionOf(session));
  }

  /** The application has passwords, and checks the proof itself with `auth.validatePassword()`. */
  secret({ username, mechanism }: ScramQuery): ScramSecret {
    return { salt: this.saltOf(username, mechanism), iterations: SCRAM_ITERATIONS };
  }

  async auth(credentials: Credentials, session: Session): Promise<boolean> {
    const connection = this.host.connectionOf(session);
    connection.refresh();
    const auth = toAuthentication(credentials);
    const { error, value } = await this.call(() => callHandler(this.host.handlers, 'onAuth', auth, connection.session));
    if (error) throw new SmtpError(this.host.wording.refusal(error, 535), { challenge: false });
    const answer = (value ?? {}) as SMTPServerAuthenticationResponse;
    if (answer.user) {
      connection.session.user = answer.user as unknown;
      return true;
    }
    throw this.authRefusal(answer, credentials.method);
  }

  async mail(path: ReversePath, transaction: Transaction): Promise<void> {
    const { handlers, wording } = this.host;
    const connection = this.host.connectionOf(transaction.session);
    // Has been asked for every command; what it guards is worth a second lock.
    const refusal = this.host.rules.loginProblem(connection);
    if (refusal !== undefined) throw new SmtpError(refusal);
    const address = toAddress(path);
    const envelope = connection.begin(transaction.envelope);
    try {
      const { error } = await this.call(() => callHandler(handlers, 'onMailFrom', address, connection.session));
      if (error) throw new SmtpError(wording.refusal(error, 550));
    } catch (error) {
      connection.startOver();
      throw error;
    }
    envelope.mailFrom = address;
    connection.hold(transaction);
  }

  async rcpt(path: ForwardPath, { session }: Transaction): Promise<void> {
    const { handlers, options, wording } = this.host;
    const connection = this.host.connectionOf(session);
    const address = toAddress(path);
    if (path.dsn !== undefined) {
      const { notify, orcpt } = path.dsn;
      address.dsn = { ...(notify && { notify: [...notify] }), ...(orcpt && { orcpt }) };
    }
    const key = address.address.toLowerCase();
    const { rcptTo } = connection.session.envelope;
    const limit = Number(options.maxRecipients) || Infinity;
    const hasRoom = rcptTo.length < limit || connection.hasRecipient(key);
    if (!hasRoom) throw new SmtpError(replies.tooManyRecipients);
    const { error } = await this.call(() => callHandler(handlers, 'onRcptTo', address, connection.session));
    if (error) throw new SmtpError(wording.refusal(error, 550));
    connection.addRecipient(address);
  }

  async data(message: MessageStream, { session }: Transaction): Promise<unknown> {
    const { handlers, options, settings, wording } = this.host;
    const connection = this.host.connectionOf(session);
    const stream = message as unknown as SMTPServerDataStream; // its reading half
    let outcome: Outcome;
    try {
      const answer = this.call(() => callHandler(handlers, 'onData', stream, connection.session));
      message.accept(); // smtp-server sends 354 whatever onData has said
      outcome = await answer;
      await readWhole(message);
    } finally {
      if (!session.conversation.isOver) connection.countMessage(); // else its client has left
    }
    if (message.sizeExceeded && options.rejectOversized) throw new SmtpError(replies.messageTooLarge);
    if (outcome.error) throw new SmtpError(wording.refusal(outcome.error, 450));
    const verdict = verdictOf(outcome.value, settings.lmtp, wording);
    return settings.lmtp ? verdict : inOne(verdict, session);
  }

  close(session: Session): void {
    const connection = this.host.connectionOf(session);
    connection.refresh();
    this.host.gone(connection);
  }

  /** Of what clients and handlers bring about only a handshake that fails is an event. */
  error(error: unknown, session: Session | undefined): void {
    const cause = error instanceof SmtpHandshakeFailed ? error.cause : error;
    const failure = session && tlsFailure(cause, session);
    if (failure !== undefined) return this.host.failed(failure);
    this.host.logger.error({ err: cause, tnx: 'error' }, String((cause as Error | undefined)?.message));
  }

  /** A handler that fails is for the log; its client gets smtp-server's 451. */
  private async call(handler: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await handler();
    } catch (error) {
      const cause = error instanceof HandlerFailure ? error.cause : error;
      this.host.logger.error({ err: cause, tnx: 'handler' }, String((error as Error).message));
      throw new SmtpError(replies.localError);
    }
  }

  /** Gives what onSecure refuses with. */
  private async askSecure(connection: SMTPConnection): Promise<unknown> {
    const socket = connection.topSocket!;
    // Known from here on, as with smtp-server: false where the client named none, undefined where TLS ended elsewhere.
    connection.session.servername = (socket as TLSSocket).servername;
    const { error } = await this.call(() => callHandler(this.host.handlers, 'onSecure', socket, connection.session));
    return error;
  }

  /** What is no command may be anything, a password on a line of its own for example: it is not shown. */
  private logCommand({ verb, args }: CommandInfo, { id: cid, engine, session }: SMTPConnection): void {
    const user: unknown = session.user;
    const shown = verb === 'AUTH' ? 'AUTH /* secured */' : `${verb} ${args}`.trimEnd();
    const line = engine.hasCommand(verb) ? shown : '/* unknown */';
    this.host.logger.debug({ tnx: 'command', cid, command: engine.hasCommand(verb) ? verb : '', user }, `C: ${line}`);
  }

  private announce(connection: SMTPConnection): void {
    if (!connection.isUntold) return;
    connection.isUntold = false;
    this.host.tell(connection.info);
  }

  private authRefusal(answer: SMTPServerAuthenticationResponse, method: string): SmtpError {
    const { wording } = this.host;
    const code = isRefusalCode(answer.responseCode) ? answer.responseCode : 535;
    if (method !== 'XOAUTH2' && method !== 'OAUTHBEARER') {
      return new SmtpError(wording.reply(code, answer.message || 'Error: Authentication credentials invalid'));
    }
    const challenge = (answer.data ?? {}) as Record<string, unknown>;
    return new SmtpError(wording.reply(535, 'Error: Username and Password not accepted'), { challenge });
  }

  private saltOf(username: string, mechanism: string): Buffer {
    return createHmac('sha256', this.saltKey).update(`${mechanism} ${username}`).digest().subarray(0, 16);
  }
}

const SCRAM_ITERATIONS = 10_000;
