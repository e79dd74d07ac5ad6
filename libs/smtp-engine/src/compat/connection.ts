import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Envelope } from '../envelope.js';
import type { Session } from '../session/session.js';
import type { Transaction } from '../session/transaction.js';
import type { Wording } from './replies.js';
import type { SMTPServerAddress, SMTPServerConnectionInfo, SMTPServerEnvelope, SMTPServerSession } from './types.js';

/** What a connection needs to know of its server. */
export interface ConnectionSetting {
  readonly wording: Wording;
  readonly hideDSN: boolean;
  readonly lmtp: boolean;
  readonly name: string;
}

/** One client, a member of `server.connections`: the engine's session as smtp-server shows it. */
export class SMTPConnection {
  /** What handlers get: one object for the whole connection. */
  readonly session: SMTPServerSession;
  readonly name: string;
  /** @internal The connection as it was accepted. */
  socket: Socket | undefined;
  /** @internal onConnect has been asked. */
  isMet = false;
  /** @internal The event `connect` has not told of this client yet. */
  isUntold = true;
  /** @internal Recognised commands before login. */
  unauthenticatedCommands = 0;
  private messages = 0;
  /** Address in small letters → its place in `envelope.rcptTo`. */
  private readonly places = new Map<string, number>();
  private seen: Transaction | undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly engine: Session,
    private readonly setting: ConnectionSetting,
  ) {
    this.name = setting.name;
    this.session = { id: engine.id, xClient: new Map(), xForward: new Map() } as unknown as SMTPServerSession;
    this.session.envelope = this.freshEnvelope();
    this.refresh();
  }

  get id(): string {
    return this.session.id;
  }

  get secure(): boolean {
    return this.session.secure;
  }

  get localAddress(): string {
    return this.session.localAddress;
  }

  get localPort(): number {
    return this.session.localPort;
  }

  get remoteAddress(): string {
    return this.session.remoteAddress;
  }

  get remotePort(): number {
    return this.session.remotePort;
  }

  get clientHostname(): string {
    return this.session.clientHostname;
  }

  get openingCommand(): string {
    return this.session.openingCommand;
  }

  get hostNameAppearsAs(): string {
    return this.session.hostNameAppearsAs;
  }

  get tlsOptions(): SMTPServerSession['tlsOptions'] {
    return this.session.tlsOptions;
  }

  /** Says something at once; a 421 ends the connection. @param context `false`: without an enhanced code */
  send(code: number, text?: string | readonly string[], context?: string | false): void {
    const { wording } = this.setting;
    const { conversation } = this.engine;
    const reply = context === false ? wording.bare(code, text) : wording.reply(code, text);
    if (code === 421) return conversation.cut(reply);
    conversation.tell(reply);
    conversation.transport.flush();
  }

  /** Closes the connection, what was said first. */
  close(): void {
    this.engine.conversation.transport.end();
  }

  /** @internal The socket on top: TLS where it is in use. */
  get topSocket(): Socket | undefined {
    return this.engine.conversation.transport.tlsSocket ?? this.socket;
  }

  /** @internal Brings the session that handlers see up to date. */
  refresh(): void {
    const { engine, session } = this;
    const { xForward } = session;
    Object.assign(session, {
      secure: engine.secure,
      localAddress: engine.localAddress,
      localPort: engine.localPort,
      remoteAddress: xForward.get('ADDR') || engine.remoteAddress,
      remotePort: xForward.get('PORT') ?? engine.remotePort,
      clientHostname: xForward.get('NAME') || engine.clientHostname,
      openingCommand: engine.openingCommand,
      hostNameAppearsAs: xForward.get('HELO') || engine.hostNameAppearsAs,
      transmissionType: this.transmissionType,
      tlsOptions: engine.tlsOptions || this.cipher,
      transaction: this.messages + 1,
    });
    for (const [key, value] of engine.xClient ?? []) session.xClient.set(key, value);
    if (this.seen !== undefined && engine.current !== this.seen) this.startOver();
  }

  /** @internal A message has been answered. */
  countMessage(): void {
    this.messages++;
    this.engine.unknownCommands = 0;
  }

  /** @internal XFORWARD was taken: what it says holds for the rest of the connection. */
  forwarded(): void {
    const { engine, session } = this;
    if (engine.xForward?.get('ADDR') && !session.xForward.has('ADDR:DEFAULT')) {
      session.xForward.set('ADDR:DEFAULT', session.remoteAddress);
    }
    for (const [key, value] of engine.xForward ?? []) session.xForward.set(key, value);
    this.refresh();
  }

  /** @internal MAIL is being asked about: its parameters are there, its sender is not. */
  begin(envelope: Envelope): SMTPServerEnvelope {
    const { bodyType, smtpUtf8, requireTLS, dsn } = envelope;
    const made: SMTPServerEnvelope = { ...this.freshEnvelope(), bodyType, smtpUtf8, requireTLS };
    if (!this.setting.hideDSN) made.dsn = { ...dsn };
    this.session.envelope = made;
    return made;
  }

  /** @internal MAIL was accepted. */
  hold(transaction: Transaction): void {
    this.seen = transaction;
  }

  /** @internal Whether an address, in small letters, is there already. */
  hasRecipient(key: string): boolean {
    return this.places.has(key);
  }

  /** @internal RCPT was accepted; a repeated address replaces the earlier entry. */
  addRecipient(address: SMTPServerAddress): void {
    const { rcptTo } = this.session.envelope;
    const key = address.address.toLowerCase();
    const place = this.places.get(key);
    if (place !== undefined && rcptTo[place]?.address.toLowerCase() === key) {
      rcptTo[place] = address;
    } else {
      this.places.set(key, rcptTo.push(address) - 1);
    }
  }

  /** @internal Another envelope; who has the old one keeps it. */
  startOver(): void {
    this.seen = undefined;
    this.places.clear();
    this.session.envelope = this.freshEnvelope();
  }

  /** @internal */
  get info(): SMTPServerConnectionInfo {
    const { id, localAddress, localPort, remoteAddress, remotePort, hostNameAppearsAs, clientHostname } = this.session;
    return { id, localAddress, localPort, remoteAddress, remotePort, hostNameAppearsAs, clientHostname };
  }

  private get cipher(): SMTPServerSession['tlsOptions'] {
    return this.socket instanceof TLSSocket ? this.socket.getCipher() : false;
  }

  private get transmissionType(): string {
    const { engine, session, setting } = this;
    const protocol = setting.lmtp ? 'LMTP' : engine.openingCommand === 'EHLO' ? 'ESMTP' : 'SMTP';
    return `${protocol}${engine.secure ? 'S' : ''}${session.user ? 'A' : ''}`;
  }

  private freshEnvelope(): SMTPServerEnvelope {
    const envelope: SMTPServerEnvelope = {
      mailFrom: false,
      rcptTo: [],
      requireTLS: false,
      bodyType: '7bit',
      smtpUtf8: false,
    };
    if (!this.setting.hideDSN) envelope.dsn = { ret: null, envid: null };
    return envelope;
  }
}
