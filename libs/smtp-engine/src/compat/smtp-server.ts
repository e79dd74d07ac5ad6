import { EventEmitter } from 'node:events';
import net, { type Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TlsOptions, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from '../certificate.js';
import { replies } from '../reply.js';
import { SmtpServer } from '../server.js';
import type { Session } from '../session/session.js';
import { authNotImplemented } from './auth.js';
import { type BackendHost, CompatBackend } from './backend.js';
import { CommandRules, HELLO } from './command-rules.js';
import { SMTPConnection } from './connection.js';
import { type Logger, makeLogger } from './logger.js';
import { laxMechanisms } from './mechanisms.js';
import { PathSyntax } from './path-syntax.js';
import { Rephraser } from './rephrase.js';
import { Wording } from './replies.js';
import { materialOf } from '../tls-contexts.js';
import { readSettings, type Settings, toEngineOptions } from './settings.js';
import type {
  SMTPServerConnectionInfo,
  SMTPServerEvents,
  SMTPServerHandlers,
  SMTPServerOptions,
  SMTPServerSession,
} from './types.js';

const CLOSE_TIMEOUT_MS = 30_000;
const HANDLERS = ['onConnect', 'onSecure', 'onAuth', 'onMailFrom', 'onRcptTo', 'onData', 'onClose'] as const;
/** The id of the listener for sockets that the application brings with their TLS done. */
const BROUGHT = 'brought';

/** What the application says of a socket it brings: see `SMTPServer.connect()`. */
export interface ConnectOptions {
  /** Id of its session. */
  readonly id?: string;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

/**
 * smtp-server's class of the same name, on this engine: options, handlers, session, events and replies are smtp-server's.
 * What differs on purpose is in docs/quirks.md. Options are read once, and never changed.
 *
 * @throws SmtpOptionsError for options that cannot work
 * @example new SMTPServer({ authOptional: true, onData(stream, session, callback) { … } }).listen(2525)
 */
export class SMTPServer extends EventEmitter<SMTPServerEvents> implements SMTPServerHandlers {
  /** A copy of what was given, with the names of mechanisms and commands in capitals. */
  readonly options: SMTPServerOptions;
  readonly logger: Logger;
  /** The clients that are connected. */
  readonly connections = new Set<SMTPConnection>();
  /** The listener; its address is `server.server.address()`. */
  readonly server: net.Server;
  private readonly settings: Settings;
  private readonly wording: Wording;
  private readonly paths: PathSyntax;
  private readonly rules: CommandRules;
  private readonly rephraser: Rephraser;
  private readonly known = new WeakMap<Session, SMTPConnection>();
  private material: SMTPServerOptions;
  private certificate: Promise<{ key: string; cert: string }> | undefined;
  /** That of the clients of one `listen()` … `close()`. */
  private engine: SmtpServer;

  constructor(options?: SMTPServerOptions | null) {
    super();
    this.settings = readSettings(options ?? {});
    const { authMethods, disabledCommands } = this.settings;
    this.options = { ...options, authMethods: [...authMethods], disabledCommands: [...disabledCommands] };
    this.material = this.options;
    this.logger = makeLogger(this.options.logger, this.options.component ?? 'smtp-server');
    this.wording = new Wording(this.options.hideENHANCEDSTATUSCODES === false);
    this.paths = new PathSyntax(this.options, this.wording);
    this.rules = new CommandRules(this.options, this.settings, this.wording, this.paths);
    this.rephraser = new Rephraser(this.options, this.settings, this.wording, this.rules);
    for (const name of HANDLERS) {
      const handler = this.options[name];
      if (typeof handler === 'function') Object.assign(this, { [name]: handler });
    }
    this.engine = this.newEngine();
    this.server = net.createServer({ noDelay: true, ...this.options, allowHalfOpen: true }, (socket) => {
      void this.welcome(socket);
    });
    this.server.on('close', () => this.emit('close'));
    this.server.on('error', (error) => this.emit('error', error));
    this.warnAboutCertificate();
  }

  /** Listens; every overload of `net.Server.listen()`. Gives the net.Server. */
  listen(...args: unknown[]): net.Server {
    return (this.server.listen as (...given: unknown[]) => net.Server).apply(this.server, args);
  }

  /**
   * Stops listening; clients get 421 to their next command, those that are left after `closeTimeout` at once. The callback
   * comes once, without an error, when the last one has gone. The server may listen again.
   */
  close(callback?: (() => void) | null): void {
    const { engine } = this;
    for (const { conversation } of engine.connections()) conversation.refuseAll(replies.shuttingDown);
    this.engine = this.newEngine();
    let isOver = false;
    const over = (): void => {
      clearTimeout(timer);
      if (isOver) return;
      isOver = true;
      callback?.();
    };
    const timer = setTimeout(() => void engine.close().then(over), this.options.closeTimeout || CLOSE_TIMEOUT_MS);
    timer.unref();
    engine.dropUngreeted();
    this.server.close(over);
  }

  /** Holds a dialogue over a socket that the application has accepted; with `secure` its handshake has been made. */
  connect(socket: Socket | TLSSocket, options: ConnectOptions | null = {}): void {
    const listener = this.settings.implicitTls && !this.options.needsUpgrade ? BROUGHT : 'default';
    this.accept(socket, listener, options ?? {});
  }

  /**
   * Takes other TLS options for handshakes to come; what is not given stays.
   *
   * @throws an error of OpenSSL for a bad key or certificate; the old ones stay then
   */
  updateSecureContext(options: TlsOptions | SMTPServerOptions | null = {}): void {
    const material = { ...this.material, ...options };
    this.engine.updateSecureContext(materialOf(material));
    this.material = material;
    if (material.key !== undefined || material.pfx !== undefined) this.certificate = undefined;
  }

  /** Contexts by name, `*` for every other name: a picture of the options as they are now. */
  get secureContext(): Map<string, SecureContext> {
    const { sniOptions, ...common } = this.material;
    const named = sniOptions instanceof Map ? [...sniOptions] : Object.entries(sniOptions ?? {});
    const contextOf = (own: TlsOptions) => createSecureContext(materialOf(own));
    return new Map([['*', contextOf(common)], ...named.map(([name, own]) => [name, contextOf(own)] as const)]);
  }

  onConnect(_session: SMTPServerSession, callback: () => void): void | Promise<void> {
    callback();
  }

  onSecure(_socket: Socket | TLSSocket, _session: SMTPServerSession, callback: () => void): void | Promise<void> {
    callback();
  }

  onAuth(...given: Parameters<SMTPServerHandlers['onAuth']>): ReturnType<SMTPServerHandlers['onAuth']> {
    const [auth, session, callback] = given;
    return authNotImplemented(auth, session, callback);
  }

  onMailFrom(...[, , callback]: Parameters<SMTPServerHandlers['onMailFrom']>): void | Promise<void> {
    callback();
  }

  onRcptTo(...[, , callback]: Parameters<SMTPServerHandlers['onRcptTo']>): void | Promise<void> {
    callback();
  }

  onData(...[stream, , callback]: Parameters<SMTPServerHandlers['onData']>): ReturnType<SMTPServerHandlers['onData']> {
    stream.on('end', () => {
      this.logger.info({ tnx: 'message', size: stream.byteLength }, `<received ${stream.byteLength} bytes>`);
      callback();
    });
    stream.resume();
  }

  onClose(_session: SMTPServerSession): void | Promise<void> {
    // for applications to override
  }

  private newEngine(): SmtpServer {
    const options = {
      ...toEngineOptions({ ...this.options, ...(materialOf(this.material) as SMTPServerOptions) }, this.settings),
      rephrase: (reply, context) => this.rephrase(reply, context),
      customMechanisms: laxMechanisms(this.wording),
      readPath: (verb, argument, session) => this.paths.read(verb, argument, session),
      // A certificate is made when the first handshake is due; until then there is only the promise of one.
      ...(!this.settings.hasCertificate && { SNICallback: (_name, answer) => answer(null) }),
    } satisfies ConstructorParameters<typeof SmtpServer>[0];
    const engine: SmtpServer = new SmtpServer(options, new CompatBackend(this.hostOf(() => engine)));
    engine.addListener();
    if (options.secure) engine.addListener({ id: BROUGHT, secured: true });
    return engine;
  }

  private hostOf(engine: () => SmtpServer): BackendHost {
    return {
      handlers: this,
      options: this.options,
      settings: this.settings,
      wording: this.wording,
      rules: this.rules,
      logger: this.logger,
      connectionOf: (session) => this.connectionOf(session),
      tell: (info: SMTPServerConnectionInfo) => void this.emit('connect', info),
      met: (connection) => this.enter(connection),
      gone: (connection) => this.gone(connection),
      failed: (error) => this.failed(error),
      ensureCertificate: () => this.ensureCertificate(engine()),
    };
  }

  private readonly rephrase: NonNullable<ConstructorParameters<typeof SmtpServer>[0]>['rephrase'] & object = (
    given,
    context,
  ) => {
    const connection = this.connectionOf(context.session);
    if (given.code === 250 && HELLO.has(context.verb)) connection.greeted();
    connection.refresh();
    const reply = this.rephraser.rephrase(given, context, connection);
    if (reply.code >= 400) connection.session.error = reply.toString();
    this.logger.debug({ tnx: 'send', cid: connection.id }, `S: ${reply.toString()}`);
    return reply;
  };

  private async welcome(socket: Socket): Promise<void> {
    const { engine } = this;
    socket.on('error', () => undefined); // until the engine listens
    try {
      if (this.settings.implicitTls) await this.ensureCertificate(engine);
      this.accept(socket, 'default', {});
    } catch (error) {
      socket.destroy();
      this.failed(error);
    }
  }

  private accept(socket: Socket, listener: string, given: ConnectOptions): void {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const known = { remoteAddress, remotePort, localAddress, localPort, ...given };
    const session = this.engine.accept(socket, {
      listener,
      ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    });
    const connection = this.connectionOf(session);
    connection.socket = socket;
    socket.on('error', (error) => this.lost(error, connection));
    if (!session.conversation.isMute) this.enter(connection);
  }

  /** A client counts when a PROXY header and a handshake that come first are over. */
  private enter(connection: SMTPConnection): void {
    if (!connection.socket?.destroyed) this.connections.add(connection);
  }

  private connectionOf(session: Session): SMTPConnection {
    let connection = this.known.get(session);
    if (connection === undefined) {
      connection = new SMTPConnection(session, {
        wording: this.wording,
        hideDSN: this.options.hideDSN ?? true,
        lmtp: this.settings.lmtp,
        name: this.settings.name,
        ignoredHosts: this.options.ignoredHosts ?? [],
      });
      this.known.set(session, connection);
    }
    return connection;
  }

  private gone(connection: SMTPConnection): void {
    this.connections.delete(connection);
    // Nobody has come who did not finish the handshake that has to be first.
    if (!this.options.needsUpgrade && connection.engine.options.secure && !connection.engine.secure) return;
    const { id: cid, remoteAddress: host, clientHostname } = connection;
    this.logger.info({ tnx: 'close', cid, host }, `Connection closed to ${clientHostname || host}`);
    setImmediate(() => {
      try {
        void Promise.resolve(this.onClose(connection.session)).catch((error: unknown) => this.log(error));
      } catch (error) {
        this.log(error);
      }
    });
  }

  /** A connection broke: an event only in the middle of a transaction, as with smtp-server. */
  private lost(error: Error, connection: SMTPConnection): void {
    if (!connection.hasTransaction) return;
    this.failed(Object.assign(error, { remoteAddress: connection.remoteAddress }));
  }

  /** What a client brings about must not end the process where nobody listens for errors. */
  private failed(error: unknown): void {
    const problem = error instanceof Error ? error : new Error(String(error));
    this.log(problem);
    if (this.listenerCount('error') > 0) this.emit('error', problem);
  }

  private log(error: unknown): void {
    this.logger.error({ err: error, tnx: 'error' }, String((error as Error | undefined)?.message));
  }

  private async ensureCertificate(engine: SmtpServer): Promise<void> {
    if (this.settings.hasCertificate || this.material.key !== undefined || this.material.pfx !== undefined) return;
    this.certificate ??= selfSignedCertificate([this.settings.name]);
    const made = await this.certificate;
    engine.updateSecureContext({ ...made, SNICallback: (_name, answer) => answer(null) });
  }

  private warnAboutCertificate(): void {
    const { secure, secured, hideSTARTTLS, logger } = this.options;
    const mayShakeHands = !secured && (secure || !(hideSTARTTLS || this.settings.disabledCommands.has('STARTTLS')));
    if (!mayShakeHands || this.settings.hasCertificate || logger === false) return;
    process.emitWarning('SMTPServer has no key and cert: it makes a self-signed certificate that nobody trusts');
  }
}
