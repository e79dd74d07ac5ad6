import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalizeAddress } from './address-list.js';
import type { Backend } from './backend.js';
import { ConnectionLimits } from './connection-limits.js';
import { keepFreedMemory } from './freed-memory.js';
import { nameProblems } from './option-name-checks.js';
import type { ListenerOptions, SmtpServerOptions } from './options.js';
import { replies } from './reply.js';
import { resolveOptions, type ResolvedOptions } from './resolved-options.js';
import { Conversation, type ConversationHost } from './session/conversation.js';
import { Deadlines } from './session/deadlines.js';
import { attempt } from './session/outcome.js';
import { type ConnectionInfo, Session } from './session/session.js';
import { type ClientCertificatePolicy, materialOf, TlsContexts, type TlsMaterial } from './tls-contexts.js';

/** Where a listener listens. */
export interface ListenerAddress {
  readonly id: string;
  /** Implicit TLS. */
  readonly secure: boolean;
  /** Address and port, or the path of a Unix socket. */
  readonly address: AddressInfo | string;
}

/** A connection that the application brings: see `SmtpServer.accept()`. */
export interface AcceptOptions extends Partial<ConnectionInfo> {
  /** Id of the listener whose options hold. Default: the first. */
  readonly listener?: string;
  /** Id of its session. Default: one is made. */
  readonly id?: string;
  /** Makes the hooks of this connection out of those of the server, for tests that script failures. Default: the same. */
  readonly hooks?: (backend: Backend) => Backend;
}

interface Listener {
  readonly options: ListenerOptions;
  readonly resolved: ResolvedOptions;
  /** What its conversations share. */
  readonly host: ConversationHost;
  tls: TlsContexts | undefined;
  server: Server | undefined;
}

/**
 * An SMTP receiving server: listeners, connections, graceful close. What to do with mail is the Backend's.
 *
 * @example
 * const server = new SmtpServer({ name: 'mx.example.com', recipients: 'any', authOptional: true }, {
 *   async data(message) { for await (const chunk of message) archive(chunk); return 'queued'; },
 * });
 * await server.listen({ port: 2525 });
 */
export class SmtpServer {
  private readonly listeners = new Map<string, Listener>();
  /** All that are open, those that were turned away included. */
  private readonly conversations = new Set<Conversation>();
  /** Those that count against `maxClients`. */
  private readonly served = new Set<Conversation>();
  private readonly deadlines = new Deadlines();
  private readonly limits = new ConnectionLimits();
  private closing: Promise<void> | undefined;
  private whenEmpty: (() => void) | undefined;

  constructor(
    private options: SmtpServerOptions = {},
    private readonly backend: Backend = {},
  ) {}

  /**
   * Adds a listener without opening a port: connections come by `accept()`.
   *
   * @returns its id
   * @throws SmtpOptionsError when the options cannot work or are unsafe; an error of OpenSSL for a bad key or certificate
   */
  addListener(listener: ListenerOptions = {}): string {
    const id = listener.id ?? (this.listeners.size === 0 ? 'default' : `listener-${this.listeners.size + 1}`);
    if (this.listeners.has(id)) throw new TypeError(`there are two listeners with the id '${id}'; give each its own`);
    const options = { ...this.options, ...listener };
    const resolved = resolveOptions(options, this.backend, id, nameProblems(this.options, listener));
    const { socketTimeout, handshakeTimeoutMs, dataInitiationTimeoutMs, handlerTimeouts } = resolved;
    const shortest = Math.min(
      ...Object.values(handlerTimeouts),
      socketTimeout,
      handshakeTimeoutMs,
      dataInitiationTimeoutMs,
    );
    this.deadlines.require(shortest);
    const made: Listener = {
      options: listener,
      resolved,
      host: {
        commands: resolved.dialect.commands,
        deadlines: this.deadlines,
        tls: () => made.tls?.socketOptions,
        admits: (asking) => this.limits.admits(asking.session),
        closed: (closed) => this.closed(closed),
      },
      tls: resolved.tlsConfigured ? new TlsContexts(materialOf(options), policyOf(resolved)) : undefined,
      server: undefined,
    };
    this.listeners.set(id, made);
    return id;
  }

  /**
   * Adds a listener and opens its port.
   *
   * @returns its address
   * @throws SmtpOptionsError as addListener(); the system's error when the address cannot be bound
   */
  async listen(listener: ListenerOptions = {}): Promise<ListenerAddress> {
    if (this.closing !== undefined) throw new Error('the server is closing or closed; make a new one');
    const id = this.addListener(listener);
    try {
      return await this.open(id);
    } catch (error) {
      this.listeners.delete(id);
      throw error;
    }
  }

  /** Opens the port of a listener that `addListener()` added. */
  async open(id: string): Promise<ListenerAddress> {
    keepFreedMemory();
    const listener = this.find(id);
    const { port, host, path, backlog } = listener.options;
    // allowHalfOpen: a client that closes its side after its last command still gets the reply.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.acceptSocket(socket, id));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const where = path !== undefined ? { path } : { port: port ?? defaultPort(listener.resolved), host };
      server.listen({ ...where, backlog }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.report(error));
    listener.server = server;
    return { id, secure: listener.resolved.secure, address: server.address()! };
  }

  /**
   * Holds a dialogue over a connection that the application accepted: any Duplex, a socket or one end of a pair.
   *
   * @throws Error for an unknown listener
   */
  accept(stream: Duplex, options: AcceptOptions = {}): Session {
    const listener = this.find(options.listener ?? (this.listeners.keys().next().value as string));
    const session = new Session(listener.resolved, options.hooks?.(this.backend) ?? this.backend, {
      remoteAddress: normalizeAddress(options.remoteAddress ?? '127.0.0.1'),
      remotePort: options.remotePort ?? 0,
      localAddress: normalizeAddress(options.localAddress ?? '127.0.0.1'),
      localPort: options.localPort ?? 0,
      id: options.id,
    });
    const conversation = new Conversation(session, stream, listener.host);
    this.conversations.add(conversation);
    if (this.closing !== undefined) conversation.cut(replies.shuttingDown);
    else if (this.served.size >= listener.resolved.maxClients) conversation.cut(replies.tooManyConnections);
    else {
      this.served.add(conversation);
      conversation.start();
    }
    return session;
  }

  /** Where the open listeners listen. */
  addresses(): ListenerAddress[] {
    return [...this.listeners.entries()].flatMap(([id, { server, resolved }]) => {
      const address = server?.address();
      return address ? [{ id, secure: resolved.secure, address }] : [];
    });
  }

  /** The sessions that are open now. */
  connections(): Session[] {
    return [...this.served].map((conversation) => conversation.session);
  }

  /** Whether a session is one of `connections()`; `diagnostics` tells of every server in the process. */
  serves(session: Session): boolean {
    return this.served.has(session.conversation);
  }

  /**
   * Takes a new certificate (or other TLS options) for connections to come; the open ones keep theirs.
   *
   * @throws an error of OpenSSL for a bad key or certificate; the old one stays then
   */
  updateSecureContext(options: TlsMaterial): void {
    const updated = [...this.listeners.values()].map((listener) => {
      return [listener, listener.tls?.with(options) ?? new TlsContexts(options, policyOf(listener.resolved))] as const;
    });
    for (const [listener, tls] of updated) listener.tls = tls;
    this.options = { ...this.options, ...options };
  }

  /** Drops the clients that have not been greeted because their PROXY header or handshake has not come yet. */
  dropUngreeted(): void {
    for (const conversation of this.conversations) if (conversation.isMute) conversation.hangUp();
  }

  /**
   * Closes gracefully: no new connections, idle clients get 421, running transactions may finish within `closeTimeout`;
   * what is left then is cut. Resolves when the last connection has gone. May be called again.
   */
  close(): Promise<void> {
    return (this.closing ??= this.drain());
  }

  private async drain(): Promise<void> {
    const listeners = [...this.listeners.values()];
    const servers = listeners.flatMap(({ server }) => server ?? []);
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    const timeout = setTimeout(() => this.cutAll(), listeners[0]?.resolved.closeTimeout);
    for (const conversation of this.conversations) conversation.shutdown();
    if (this.conversations.size > 0) await new Promise<void>((resolve) => (this.whenEmpty = resolve));
    clearTimeout(timeout);
    await Promise.all(closed);
  }

  private cutAll(): void {
    for (const conversation of this.conversations) conversation.cut(replies.shuttingDown);
    // There is no time left to wait for the clients' side.
    setImmediate(() => {
      for (const conversation of this.conversations) conversation.cut(replies.shuttingDown);
    });
  }

  private closed(conversation: Conversation): void {
    this.conversations.delete(conversation);
    this.served.delete(conversation);
    this.limits.release(conversation.session);
    if (this.conversations.size === 0) this.whenEmpty?.();
  }

  private acceptSocket(socket: Socket, listener: string): void {
    // A client that is gone already has no address any more.
    if (socket.remoteAddress === undefined && socket.destroyed) return;
    this.accept(socket, {
      listener,
      remoteAddress: socket.remoteAddress ?? '127.0.0.1',
      remotePort: socket.remotePort ?? 0,
      localAddress: socket.localAddress ?? '127.0.0.1',
      localPort: socket.localPort ?? 0,
    });
  }

  private report(error: unknown): void {
    const nobodyHears = (): void => undefined;
    void attempt(() => this.backend.error?.(error, undefined), nobodyHears, nobodyHears);
  }

  private find(id: string): Listener {
    const listener = this.listeners.get(id);
    if (listener === undefined)
      throw new Error(`there is no listener '${id}'; there are: ${[...this.listeners.keys()].join(', ')}`);
    return listener;
  }
}

function policyOf({ requestCert, rejectUnauthorized }: ResolvedOptions): ClientCertificatePolicy {
  return { requestCert, rejectUnauthorized };
}

/** Submission; for LMTP the port that is usual, since port 25 is forbidden (RFC 2033 §5). */
function defaultPort({ secure, lmtp }: ResolvedOptions): number {
  if (lmtp) return 24;
  return secure ? 465 : 587;
}
