import { randomBytes, type X509Certificate } from 'node:crypto';
import { AddressList } from '../address-list.js';
import type { Backend } from '../backend.js';
import { clientOf } from '../connection-limits.js';
import type { Envelope } from '../envelope.js';
import type { ClientAttributes } from '../protocol/client-attributes.js';
import type { ProxyHeader } from '../protocol/proxy-header.js';
import type { ResolvedOptions } from '../resolved-options.js';
import type { Conversation } from './conversation.js';
import { channelBinding } from './tls-facts.js';
import type { Transaction } from './transaction.js';

/** Where the dialogue is (RFC 5321 §4.1.4); `bdat` is between two chunks of a message (RFC 3030 §2). */
export type Phase = 'connected' | 'ready' | 'mail' | 'rcpt' | 'bdat' | 'closing';

/** Cipher of an encrypted connection, as `tlsSocket.getCipher()` names it. */
export interface TlsCipher {
  readonly name: string;
  readonly standardName: string;
  readonly version: string;
}

/** The two ends of a connection. */
export interface ConnectionInfo {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/**
 * One SMTP dialogue, from the greeting to its close (RFC 5321 §3.1): one object for the whole connection.
 * Fields that smtp-server has keep their names and shapes; properties an application adds stay.
 */
export class Session {
  /**
   * The client's address, IPv4-mapped IPv6 as IPv4; what a trusted proxy says with a PROXY header or XCLIENT, and `unknown`
   * where it does not know it either.
   */
  remoteAddress: string;
  remotePort: number;
  /** Our own address; that at the proxy, where one says which. */
  localAddress: string;
  localPort: number;
  /** The address at the other end of the connection, whatever a proxy said since. */
  readonly peerAddress: string;
  /**
   * Name of the client's host: what a reverse lookup found (see `disableReverseLookup`) or XCLIENT said; else its address
   * in brackets.
   */
  clientHostname: string;
  /** The verb the client introduced itself with. */
  openingCommand: false | 'HELO' | 'EHLO' | 'LHLO' = false;
  /** What the client called itself, in lower case. */
  hostNameAppearsAs: string | false = false;
  /** Who is logged in: what the `auth` handler returned; undefined before login. */
  user: unknown = undefined;
  /** How: the SASL mechanism in capitals, or `XCLIENT`; undefined before login. */
  authMethod: string | undefined = undefined;
  /** The cipher in use, false on a clear connection. */
  tlsOptions: TlsCipher | false = false;
  /** The name the client asked for in its TLS handshake (SNI), false without. */
  servername: string | false = false;
  /** The client's TLS certificate, where `requestCert` asked for one and it was verified; undefined else. */
  clientCertificate: X509Certificate | undefined = undefined;
  /** Number of the present or latest transaction: 1, 2, … */
  transaction = 0;
  /** Commands before login, as `maxAllowedUnauthenticatedCommands` counts them. */
  unauthenticatedCommands = 0;
  /** Commands without login since the last accepted message, as `maxCommandsWithoutMail` counts them. */
  commandsWithoutMail = 0;
  /** Refused logins. */
  failedLogins = 0;
  /** Commands this server does not know. */
  unknownCommands = 0;
  /**
   * What XCLIENT said so far, names in capitals, `false` for what the proxy does not know; undefined where there was none.
   * `ADDR:DEFAULT`, `NAME:DEFAULT` and `PORT:DEFAULT` are what held before.
   */
  xClient: ClientAttributes | undefined = undefined;
  /**
   * What XFORWARD said about the message to come, for the log: it proves nothing and changes no other field. It ends with
   * the transaction; undefined where there was none.
   */
  xForward: ClientAttributes | undefined = undefined;
  /** The PROXY header that the connection began with, where it did. */
  proxy: ProxyHeader | undefined = undefined;

  /** @internal AUTH commands that neither logged in nor were refused: cancelled, malformed, of an unknown mechanism. */
  fruitlessLogins = 0;
  /** @internal */
  phase: Phase = 'connected';
  /** @internal */
  current: Transaction | undefined = undefined;
  /** @internal */
  conversation!: Conversation;
  private ownId: string | undefined;
  private abortController: AbortController | undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly options: ResolvedOptions,
    /** @internal */
    readonly backend: Backend,
    connection: ConnectionInfo & { readonly id?: string | undefined },
  ) {
    this.ownId = connection.id;
    this.peerAddress = connection.remoteAddress;
    this.remoteAddress = connection.remoteAddress;
    this.remotePort = connection.remotePort;
    this.localAddress = connection.localAddress;
    this.localPort = connection.localPort;
    this.clientHostname = `[${connection.remoteAddress}]`;
  }

  /** 16 characters of `0-9a-v`, unique; that which `accept()` was given, where it was. */
  get id(): string {
    return (this.ownId ??= BigInt(`0x${randomBytes(10).toString('hex')}`)
      .toString(32)
      .padStart(16, '0'));
  }

  /** Whether the connection is encrypted. */
  get secure(): boolean {
    return this.conversation.transport.secure;
  }

  /** Whether the client has shown a TLS certificate that was verified; Node's name for it. */
  get authorized(): boolean {
    return this.clientCertificate !== undefined;
  }

  /** Id of the listener the client connected to. */
  get listener(): string {
    return this.options.id;
  }

  /** Whether somebody is logged in. */
  get isAuthenticated(): boolean {
    return this.authMethod !== undefined;
  }

  /** Whether mail is taken from logged-in clients only. */
  get loginRequired(): boolean {
    return this.options.loginRequired;
  }

  /** The option, for the rule of `mayAuthenticate`. */
  get allowInsecureAuth(): boolean {
    return this.options.allowInsecureAuth;
  }

  /** The option, for the rule of `exceedsCommandsWithoutMail`. */
  get maxCommandsWithoutMail(): number | false {
    return this.options.maxCommandsWithoutMail;
  }

  /** The option, for the rule of `exceedsUnauthenticatedLimit`. */
  get maxAllowedUnauthenticatedCommands(): number | false {
    return this.options.maxAllowedUnauthenticatedCommands;
  }

  /** The option, for the rule of `authFailuresExhausted`. */
  get maxFailedLogins(): number | false {
    return this.options.maxFailedLogins;
  }

  /** The option, for the rule of `authFailureDelay`. */
  get authFailureDelayMs(): number | false {
    return this.options.authFailureDelayMs;
  }

  /** The option, for the rule of `authFailureDelay`. */
  get maxAuthFailureDelayMs(): number {
    return this.options.maxAuthFailureDelayMs;
  }

  /** Milliseconds until a message handler has to have asked for the message, or answered; `dataInitiationTimeoutMs`. */
  get dataInitiationTimeoutMs(): number {
    return this.options.dataInitiationTimeoutMs;
  }

  /** Whether the engine or an extension of the application has a command of this verb here; the verb in capitals. */
  hasCommand(verb: string): boolean {
    return this.options.dialect.commands.has(verb);
  }

  /** The network that counts as one client, by the option `clientPrefix`; undefined where the client has no IP address. */
  get clientNetwork(): string | undefined {
    const network = clientOf(this.remoteAddress, this.options.clientPrefix);
    return network === this.remoteAddress ? undefined : network;
  }

  /** The transaction's envelope; undefined outside a transaction. */
  get envelope(): Envelope | undefined {
    return this.current?.envelope;
  }

  /** The protocol as RFC 3848 names it for the Received field: SMTP, ESMTP, ESMTPS, ESMTPA or ESMTPSA. */
  get transmissionType(): string {
    if (this.openingCommand !== 'EHLO' && !this.options.lmtp && !this.secure && !this.isAuthenticated) return 'SMTP';
    return `${this.options.lmtp ? 'LMTP' : 'ESMTP'}${this.secure ? 'S' : ''}${this.isAuthenticated ? 'A' : ''}`;
  }

  /** Fires when the connection is gone. */
  get signal(): AbortSignal {
    if (this.abortController === undefined) {
      this.abortController = new AbortController();
      if (this.conversation.isClosed) this.abortController.abort();
    }
    return this.abortController.signal;
  }

  /**
   * Whether the client's address lies in one of the prefixes.
   *
   * @throws TypeError for an entry that is no address and no CIDR prefix
   * @example session.remoteIn('10.0.0.0/8', '::1')
   */
  remoteIn(...prefixes: readonly string[]): boolean {
    return new AddressList(prefixes).has(this.remoteAddress);
  }

  /** @internal Channel binding data of the client's TLS connection (RFC 5056), by type; undefined where there is none. */
  channelBinding(type: string): Buffer | undefined {
    const socket = this.conversation.transport.tlsSocket;
    // After XCLIENT the TLS connection is the proxy's, and not the one its client knows.
    return socket === undefined || this.xClient !== undefined ? undefined : channelBinding(socket, type);
  }

  /** @internal The server's part of a SASL nonce. Dialogues that are fixed beforehand, such as transcripts, put another here. */
  nonce(): string {
    return randomBytes(18).toString('base64');
  }

  /** @internal Ends the transaction, if one is open; the greeting stays valid (RFC 5321 §4.1.1.5). */
  resetTransaction(): void {
    this.current?.reception?.aborted();
    this.current = undefined;
    this.xForward = undefined; // Postfix's smtpd does so with every reset
    if (this.phase === 'mail' || this.phase === 'rcpt' || this.phase === 'bdat') this.phase = 'ready';
  }

  /** @internal A proxy said for whom it speaks. Without addresses those of the connection hold (proxy-protocol.txt §2). */
  introducedBy(header: ProxyHeader): void {
    const { source, destination } = header;
    this.proxy = header;
    if (source !== undefined && !('path' in source)) {
      this.remoteAddress = source.address;
      this.remotePort = source.port || this.remotePort;
      this.clientHostname = `[${source.address}]`;
    }
    if (destination === undefined || 'path' in destination) return;
    this.localAddress = destination.address;
    this.localPort = destination.port || this.localPort;
  }

  /** @internal Forgets all that was learnt before TLS or XCLIENT (RFC 3207 §4.2). */
  forget(): void {
    this.resetTransaction();
    this.phase = 'connected';
    this.openingCommand = false;
    this.hostNameAppearsAs = false;
    this.user = undefined;
    this.authMethod = undefined;
    this.clientCertificate = undefined;
  }

  /** @internal */
  abort(): void {
    this.abortController?.abort();
  }
}
