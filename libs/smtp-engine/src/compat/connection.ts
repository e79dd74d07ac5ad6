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
  readonly ignoredHosts: readonly string[];
}

/** Who is where. */
type Fact = 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort' | 'clientHostname' | 'hostNameAppearsAs';

/** One client, a member of `server.connections`: the engine's session as smtp-server shows it. */
export class SMTPConnection {
  /** What handlers get: one object for the whole connection. */
  readonly session: SMTPServerSession;
  readonly name: string;
  /** @internal The connection as it was accepted. */
  socket: Socket | undefined;
  /** @internal onConnect has been asked. */
  isMet = false;
  private isOpen = false;
  /** @internal The event `connect` has not told of this client yet. */
  isUntold = true;
  /** @internal Recognised commands before login. */
  unauthenticatedCommands = 0;
  private messages = 0;
  /** Address in small letters → its place in `envelope.rcptTo`. */
  private readonly places = new Map<string, number>();
  private seen: Transaction | undefined;
  /** What XCLIENT and XFORWARD said in place of what the engine knows. */
  private readonly said: Partial<Record<Fact, unknown>> = {};

  /** @internal */
  constructor(
    /** @internal */
    readonly engine: Session,
    private readonly setting: ConnectionSetting,
  ) {
    this.name = setting.name;
    this.session = { id: engine.id, secure: engine.options.secure } as SMTPServerSession;
  }

  get id(): string {
    return this.session.id;
  }

  /** Whether the client is one of `ignoredHosts`. */
  get ignore(): boolean {
    return this.setting.ignoredHosts.includes(this.engine.remoteAddress);
  }

  get secure(): boolean {
    return this.session.secure;
  }

  get localAddress(): string {
    return this.facts.localAddress;
  }

  get localPort(): number {
    return this.facts.localPort;
  }

  get remoteAddress(): string {
    return this.facts.remoteAddress;
  }

  get remotePort(): number {
    return this.facts.remotePort;
  }

  get clientHostname(): string {
    return this.facts.clientHostname;
  }

  get openingCommand(): string {
    return this.session.openingCommand;
  }

  get hostNameAppearsAs(): string {
    return this.facts.hostNameAppearsAs;
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

  /** @internal A handler is about to be asked for the first time: until then the session has nothing but its id. */
  open(): void {
    if (this.isOpen) return;
    Object.assign(this.session, { xClient: new Map(), xForward: new Map(), envelope: this.freshEnvelope() });
    this.isOpen = true;
  }

  /** @internal A transaction has begun. */
  get hasTransaction(): boolean {
    return this.isOpen && this.session.envelope.mailFrom !== false;
  }

  /** @internal Brings the session that handlers see up to date. */
  refresh(): void {
    if (!this.isOpen) return;
    const { engine, session } = this;
    Object.assign(session, {
      ...this.facts,
      secure: engine.secure,
      openingCommand: engine.openingCommand,
      transmissionType: this.transmissionType,
      tlsOptions: engine.tlsOptions || this.cipher,
      transaction: this.messages + 1,
    });
    // Who leaves in the middle of a transaction leaves its envelope for onClose.
    const isLeaving = engine.phase === 'closing';
    if (this.seen !== undefined && engine.current !== this.seen && !isLeaving) this.startOver();
  }

  /** @internal A message has been answered. */
  countMessage(): void {
    this.messages++;
    this.engine.unknownCommands = 0;
  }

  /** @internal The client has said EHLO or HELO: that counts now. */
  greeted(): void {
    delete this.said.hostNameAppearsAs;
  }

  /** @internal An attribute of XCLIENT; with another address the client is somebody else, who has said nothing yet. */
  introduce(name: string, value: string | false): void {
    const { engine, session, facts } = this;
    const { xClient } = session;
    const keep = (before: string | number) => xClient.has(`${name}:DEFAULT`) || xClient.set(`${name}:DEFAULT`, before);
    let taken: string | number | false = value;
    if (name === 'ADDR' && value) {
      keep(facts.remoteAddress);
      this.comeFrom(value);
    } else if (name === 'NAME') {
      taken = value || '';
      keep(facts.clientHostname);
      this.nameClient(taken);
    } else if (name === 'PORT') {
      taken = Number(value) || '';
      keep(facts.remotePort || '');
      this.said.remotePort = taken;
    }
    xClient.set(name, taken);
    engine.xClient = xClient;
  }

  /** @internal An attribute of XFORWARD; it holds for the rest of the connection. */
  forward(name: string, value: string | false): void {
    const { xForward } = this.session;
    let taken: string | number | false = value;
    if (name === 'ADDR' && value) {
      if (!xForward.has('ADDR:DEFAULT')) xForward.set('ADDR:DEFAULT', this.facts.remoteAddress);
      this.said.remoteAddress = value;
    } else if (name === 'NAME') {
      taken = value || '';
      this.nameClient(taken);
    } else if (name === 'PORT') {
      taken = this.said.remotePort = Number(value) || 0;
    } else if (name === 'HELO') {
      taken = this.said.hostNameAppearsAs = (value || '').toLowerCase();
      this.engine.phase = taken === '' ? 'connected' : 'ready';
    }
    xForward.set(name, taken);
  }

  /** @internal XCLIENT LOGIN. */
  logIn(user: unknown): void {
    this.session.user = this.engine.user = user;
    this.engine.authMethod = 'XCLIENT';
  }

  /** @internal Nobody is logged in any more. */
  logOut(): void {
    this.session.user = false;
    this.engine.user = this.engine.authMethod = undefined;
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
    return { id: this.id, ...this.facts };
  }

  /** Who is where, as it is now. */
  private get facts(): Pick<SMTPServerSession, Fact> {
    const { localAddress, localPort, remoteAddress, remotePort, hostNameAppearsAs, clientHostname } = this.engine;
    const known = { localAddress, localPort, remoteAddress, remotePort, hostNameAppearsAs };
    // Nobody has looked for a name before onConnect.
    return { ...known, clientHostname: this.isMet && clientHostname, ...this.said } as Pick<SMTPServerSession, Fact>;
  }

  private comeFrom(address: string): void {
    const { engine, said } = this;
    // A name and a port that nobody says anew stay, as with smtp-server.
    said.clientHostname ??= engine.clientHostname;
    engine.remoteAddress = address;
    delete said.remoteAddress;
    delete said.hostNameAppearsAs;
    engine.hostNameAppearsAs = false;
    engine.phase = 'connected';
    // What the proxy is logged in as is not the client's.
    this.logOut();
  }

  private nameClient(name: string): void {
    this.said.clientHostname = name.toLowerCase().replace(/\.$/, '') || `[${this.facts.remoteAddress}]`;
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
