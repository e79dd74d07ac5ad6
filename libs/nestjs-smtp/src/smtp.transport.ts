import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { type CanActivate, Inject, Injectable, Logger, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type MessageHandler, Server } from '@nestjs/microservices';
import type { AcceptOptions, ListenerAddress, Session, SmtpServer, TlsOptions, Transaction } from 'smtp-engine';
import type { DirectCalls } from './backend/direct-calls.js';
import { betweenHooks, type ProcessingHooks } from './backend/processing-hooks.js';
import type { CommandGuardSet } from './guards/command-guards.js';
import { TlsBeforeAuthGuard } from './guards/tls-before-auth.guard.js';
import { UnauthenticatedCommandLimitGuard } from './guards/unauthenticated-command-limit.guard.js';
import type { SmtpInheritance } from './interfaces/inheritance.interface.js';
import type { SmtpModuleOptions } from './interfaces/smtp-module-options.interface.js';
import { SMTP_COMMAND_GUARDS, SMTP_STRAY_NAMES, SMTP_TRANSPORT, SMTP_TRANSPORT_NAME } from './smtp.constants.js';
import { logFailure } from './smtp.failure-log.js';
import { HandlerTable } from './smtp.handlers.js';
import { MODULE_OPTIONS_TOKEN } from './smtp.module-definition.js';
import { withIds } from './smtp.listeners.js';
import { SmtpPorts } from './smtp.ports.js';
import { type BuiltServer, buildServer } from './smtp.server.js';
import { DEFAULT_TRANSPORT } from './smtp.transport-name.js';

/** What `SmtpTransport.on()` tells. */
// A type and not an interface: Nest wants an index signature.
export type SmtpTransportEvents = {
  /** All ports are open. */
  listening: (addresses: readonly ListenerAddress[]) => void;
  /** Something failed; it is in the log already. */
  error: (error: unknown, session: Session | undefined) => void;
  /** The last connection has gone. */
  close: () => void;
};

/** `up` while the ports are open. */
export type SmtpTransportStatus = 'up' | 'down';

/**
 * Nest's transport for SMTP: runs the engine, and gives it the handlers and guards of the application.
 * `SmtpModule.forRoot()` provides it and attaches it by itself; inject it to look at it or to bring connections.
 *
 * @example constructor(private readonly smtp: SmtpTransport) {} … this.smtp.addresses()
 */
@Injectable()
export class SmtpTransport extends Server<SmtpTransportEvents, SmtpTransportStatus> {
  override readonly transportId = SMTP_TRANSPORT;
  protected override readonly logger: Logger;
  /** @internal Calls the handlers that nothing of Nest's stands around; undefined where something stands around all. */
  direct: DirectCalls | undefined;
  private readonly handlers: HandlerTable;
  private readonly events = new EventEmitter();
  /** What Nest has in place of a hook. */
  private readonly noStartHook = this.onProcessingStartHook;
  private built: BuiltServer | undefined;
  private preparing: Promise<BuiltServer> | undefined;
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  /** The handlers that come are ours, with our exception filter; see `bind()`. */
  private binding = false;
  /** A host application runs `listen()`. */
  private claimed = false;
  /** A host application has run it before the application was up. */
  private wanted = false;
  private isUp = false;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: SmtpModuleOptions,
    private readonly ports: SmtpPorts,
    private readonly moduleRef: ModuleRef,
    /** What `SmtpModule.forRoot({ transport })` calls it. */
    @Inject(SMTP_TRANSPORT_NAME) readonly name: string,
    @Inject(SMTP_STRAY_NAMES) private readonly stray: readonly string[],
  ) {
    super();
    this.logger = new Logger(name === DEFAULT_TRANSPORT ? 'SmtpTransport' : `SmtpTransport ${name}`);
    this.handlers = new HandlerTable(name);
  }

  /** @internal Ids of the listeners that its options name. */
  get listenerIds(): readonly string[] {
    return withIds(this.options.listeners ?? [{}], this.name).map(({ id }) => id);
  }

  /** @internal What of the application's global enhancers the handlers get. */
  get inherit(): true | SmtpInheritance {
    // Anything else is reported when all else is.
    return typeof this.options.inherit === 'object' ? (this.options.inherit ?? true) : true;
  }

  /** Where the open listeners listen. Empty before the application is up. */
  addresses(): readonly ListenerAddress[] {
    return this.built?.server.addresses() ?? [];
  }

  /** The sessions that are open now. */
  connections(): readonly Session[] {
    return this.built?.server.connections() ?? [];
  }

  /** Whether a session is one of `connections()`; an event of the engine's `diagnostics` may be another application's. */
  serves(session: Session): boolean {
    return this.built?.server.serves(session) ?? false;
  }

  /**
   * Holds a dialogue over a connection that the application brings: any Duplex, a socket or one end of a pair.
   *
   * @param options.listener id of the listener whose options hold; the first by default
   * @throws Error before the application is initialised, or for an unknown listener
   */
  accept(stream: Duplex, options: AcceptOptions = {}): Session {
    return this.engine.accept(stream, options);
  }

  /**
   * Takes a new certificate (or other TLS options) for connections to come; the open ones keep theirs.
   *
   * @throws an error of OpenSSL for a bad key or certificate; the old one stays then
   */
  updateSecureContext(options: TlsOptions): void {
    this.engine.updateSecureContext(options);
  }

  /** The engine's server. Throws before the application is initialised. */
  override unwrap<T = SmtpServer>(): T {
    return this.engine as T;
  }

  override on<Key extends keyof SmtpTransportEvents>(event: Key, listener: SmtpTransportEvents[Key]): this {
    this.events.on(event, listener);
    return this;
  }

  /** Called by Nest for each handler. Those of other transports are ignored. */
  override addHandler(
    pattern: unknown,
    run: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const info = HandlerTable.infoIn(extras);
    if (info === undefined) return;
    // A host that connects the transport brings the handlers with its own configuration; the module binds them itself.
    if (!this.binding) return this.claim();
    super.addHandler(pattern, run, isEventHandler, extras);
    this.handlers.add(
      pattern as string,
      betweenHooks(this.direct?.(info) ?? run, () => this.processingHooks()),
      info,
    );
  }

  /**
   * Opens the ports, once; called before the application is up, it leaves that to the end of the bootstrap.
   *
   * @param callback gets SmtpSetupError, or the system's error when an address cannot be bound
   */
  override listen(callback: (error?: unknown) => void): void {
    this.claim();
    this.wanted = true;
    if (!this.isUp) return callback();
    this.open().then(() => callback(), callback);
  }

  /**
   * Closes gracefully: no new connections, idle clients get 421, running transactions may finish within `closeTimeout`.
   * May be called again; resolves when the last connection has gone and its `@SmtpClose()` handler has ended.
   */
  override close(): Promise<void> {
    return (this.closing ??= this.drain());
  }

  /** @internal A host application will call `listen()`. */
  claim(): void {
    this.claimed = true;
  }

  /**
   * @internal Runs `register`, which adds the handlers; then checks and prepares everything but the ports.
   *
   * @param transports names of all transports of the application
   */
  async bind(register: () => void, transports: readonly string[]): Promise<void> {
    if (this.preparing === undefined) {
      this.handlers.transports = transports;
      this.binding = true;
      register();
      this.binding = false;
    }
    await this.prepare();
  }

  /** @internal The last bootstrap hook has run. */
  async bootstrapped(): Promise<void> {
    this.isUp = true;
    const opensItself = !this.claimed && (this.options.autoListen ?? true);
    if (opensItself || this.wanted) await this.open();
  }

  private get engine(): SmtpServer {
    if (this.built !== undefined) return this.built.server;
    throw new Error('the SMTP server is made when the application is initialised: await app.init() first');
  }

  private prepare(): Promise<BuiltServer> {
    return (this.preparing ??= buildServer({
      options: this.options,
      stray: this.stray,
      transport: this.name,
      handlers: this.handlers,
      guards: () => this.guards(),
      error: (error, session, transaction) => this.failed(error, session, transaction),
      logger: this.logger,
    }).then((built) => (this.built = built)));
  }

  /** Looked up here and not injected, so that one that is not a singleton is a boot error that says so. */
  private guards(): CommandGuardSet {
    const get = (guard: Type<CanActivate>): CanActivate => this.moduleRef.get(guard, { strict: true });
    const added = this.moduleRef.get<readonly (Type<CanActivate> | CanActivate)[]>(SMTP_COMMAND_GUARDS);
    return {
      tlsBeforeAuth: get(TlsBeforeAuthGuard),
      unauthenticatedCommandLimit: get(UnauthenticatedCommandLimitGuard),
      added: added.map((guard) => (typeof guard === 'function' ? get(guard) : guard)),
    };
  }

  /** Undefined as long as nobody has set one. */
  private processingHooks(): ProcessingHooks | undefined {
    const { onProcessingStartHook: start, onProcessingEndHook: end } = this;
    return start === this.noStartHook && end === undefined ? undefined : { start, end };
  }

  private open(): Promise<void> {
    return (this.opening ??= this.openPorts());
  }

  private async openPorts(): Promise<void> {
    const { server, listeners } = await this.prepare();
    if (this.closing !== undefined) return;
    try {
      for (const id of listeners) await this.ports.open(server, id);
    } catch (error) {
      await server.close();
      throw error;
    }
    this._status$.next('up');
    const addresses = this.addresses();
    for (const { id, secure, address } of addresses) {
      const place = typeof address === 'string' ? address : `${address.address}:${address.port}`;
      this.logger.log(`listener '${id}' takes mail at ${place}${secure ? ' (TLS)' : ''}`);
    }
    this.events.emit('listening', addresses);
  }

  private async drain(): Promise<void> {
    this._status$.next('down');
    await this.built?.server.close();
    await this.built?.pending.settled();
    this.events.emit('close');
  }

  private failed(error: unknown, session: Session | undefined, transaction?: Transaction): void {
    const origin = this.built?.origins.of(error);
    logFailure(this.logger, error, session, { origin, receiver: this.dataHandlerOf(session, transaction) });
    if (this.events.listenerCount('error') > 0) this.events.emit('error', error, session);
  }

  /** Whose message a session is about. */
  private dataHandlerOf(session: Session | undefined, transaction?: Transaction): string | undefined {
    if (session === undefined) return undefined;
    return this.built?.handlers
      .get(session.listener)
      ?.recipients.nameReceiver(transaction?.envelope ?? session.envelope);
  }
}
