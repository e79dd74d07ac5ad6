import type { Duplex } from 'node:stream';
import type { TLSSocketOptions } from 'node:tls';
import type { CommandAnswer, CommandMap, CommandResult } from '../commands/command.js';
import { diagnostics } from '../diagnostics.js';
import type { ChunkDecoder } from '../protocol/chunk-decoder.js';
import { LINE_FLOOD, LINE_TOO_LONG } from '../protocol/line-decoder.js';
import { replies, Reply, SmtpError } from '../reply.js';
import { type CommandLine, readCommandLine, readLaxCommandLine } from './command-line.js';
import { CommandOctets } from './command-octets.js';
import { type Deadlines, type Expiring, now } from './deadlines.js';
import { dispatch } from './dispatch.js';
import { Incoming, type LineTaker } from './incoming.js';
import type { InputLine, OctetReader } from './input.js';
import { type IntruderKind, isHttp, reportIntruder } from './intruders.js';
import type { MessagePart, PartAnswer } from './message-part.js';
import { LaterAnswer } from './later-answer.js';
import { attempt, isPositive, isPromise } from './outcome.js';
import { connectionVerdict, prelude } from './prelude.js';
import { Reception } from './reception.js';
import type { Transaction } from './transaction.js';
import type { Session } from './session.js';
import { verifiedCertificate } from './tls-facts.js';
import { Transport, type TransportEvents } from './transport.js';
import { Turn } from './turn.js';

/** Octets that are still read after our last reply, so that a reset does not overtake it. Who sends more does not listen. */
const MAX_DROPPED_INPUT = 256 * 1024;
/** How long a client may keep its side open after our last reply. */
const LINGER_MS = 2000;

/** What is answered before the first command. */
const NO_LINE: CommandLine = { verb: '', args: '', problem: undefined };

/** What a conversation needs of its server. */
export interface ConversationHost {
  readonly commands: CommandMap;
  readonly deadlines: Deadlines;
  /** TLS settings of the listener as they are now; undefined without a certificate. */
  tls(): TLSSocketOptions | undefined;
  /** Whether the client, whose address is known now, may have one more connection. */
  admits(conversation: Conversation): boolean;
  /** The connection is gone. */
  closed(conversation: Conversation): void;
}

/**
 * The dialogue with one client: takes complete lines, finds their commands, sends their replies in order.
 * It knows no command; it holds the rules that are common to all. Everything that goes wrong ends in `replyToError()`.
 */
export class Conversation implements TransportEvents, LineTaker, Expiring {
  isClosed = false;
  readonly transport: Transport;
  private readonly incoming: Incoming;
  private readonly turn: Turn;
  private octets: CommandOctets | undefined;
  /** The command line that is being answered. */
  private line = NO_LINE;
  /** A command has not been answered yet. */
  private busy = false;
  private handshaking = false;
  private ended = false;
  private draining = false;
  /** Ends a wait before a reply. */
  private endPause: (() => void) | undefined;
  /** Octets that came in after our last reply. */
  private dropped = 0;
  /** The client has been greeted. */
  greeted = false;
  /** A PROXY header has to come first: until then the client is unknown, and nothing is said. */
  isHeaderDue = false;
  /** The next line gets this and no more: the `secure` hook refused after STARTTLS, where no reply was due. */
  refusal: Reply | undefined;

  constructor(
    readonly session: Session,
    stream: Duplex,
    private readonly host: ConversationHost,
  ) {
    session.conversation = this;
    this.turn = new Turn(session.options);
    this.incoming = new Incoming(this, this.turn);
    this.transport = new Transport(stream, this);
    this.transport.secure = session.options.secured;
    host.deadlines.add(this);
  }

  get deadline(): number {
    return this.turn.deadline;
  }

  get deadlines(): Deadlines {
    return this.host.deadlines;
  }

  /** Turns the client away where it has as many connections as it may. */
  admit(): boolean {
    const admitted = this.host.admits(this);
    if (!admitted) this.cut(replies.tooManyFromAddress);
    return admitted;
  }

  /** Begins: everything up to the greeting. */
  start(): void {
    this.turn.clientActed();
    this.perform(prelude, replies.serviceUnavailable, true);
    this.settle();
  }

  /** Says 421 and closes, now if the client is idle, else when its transaction is over. */
  shutdown(): void {
    this.draining = true;
    this.endPause?.();
    if (this.isMute) this.transport.destroy();
    else this.closeWhenIdle();
  }

  /** Closes at once; a client in the middle of something gets 421. */
  cut(reply: Reply): void {
    if (this.ended || this.isMute) return this.transport.destroy();
    this.say(reply, !this.greeted);
    this.finish();
  }

  /** Closes at once: who is there does not speak SMTP. Without last words no reset is too rude. */
  hangUp(lastWords?: string): void {
    this.ended = true;
    this.incoming.clear();
    if (lastWords === undefined) return this.transport.destroy();
    this.transport.write(lastWords);
    this.turn.deadline = now() + LINGER_MS;
    this.transport.end();
  }

  /** Octets have come that nobody has read. */
  get hasInput(): boolean {
    return this.incoming.hasOctets;
  }

  /** Before the greeting: the client did not wait for it. */
  get spokeEarly(): boolean {
    return this.session.options.earlyTalkers === 'lines' ? this.incoming.hasLine : this.hasInput;
  }

  /** From now on each line is answered with this and ends the connection. */
  refuseAll(reply: Reply): void {
    this.refusal = reply;
  }

  /** Sends a challenge and gives the client's next line, without its line end (RFC 4954 §4). */
  async ask(challenge: string): Promise<InputLine> {
    // What a challenge says is between client and mechanism.
    if (diagnostics.reply.hasSubscribers)
      diagnostics.reply.publish({ session: this.session, reply: replies.challenge });
    this.transport.write(challenge);
    const line = await this.incoming.nextLine();
    if (this.refusal === undefined) return line;
    this.cut(this.refusal);
    return LINE_TOO_LONG; // the login ends there too
  }

  /** Lets time pass before the present reply; less when the client goes or the server closes. */
  pause(ms: number): Promise<void> {
    if (ms === 0 || this.draining || this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Takes a message, or the next part of the one that has begun to come. */
  receive(part: MessagePart, reply: (answer: PartAnswer) => void): void {
    const transaction = this.session.current!;
    const reception = (transaction.reception ??= new Reception(this, transaction));
    if (!reception.isStarted) this.turn.limit = now() + this.session.options.dataInitiationTimeoutMs;
    reception.take(part, reply);
  }

  /** What comes now is not lines. */
  startReading(reader: OctetReader): void {
    this.turn.limit = Infinity;
    this.incoming.startReading(reader);
  }

  /** All has come: it is for the handler to answer. */
  awaitVerdict(): void {
    this.turn.limit = now() + this.session.options.handlerTimeouts.data;
  }

  /** The octets that follow the present command. */
  get chunkDecoder(): ChunkDecoder {
    return this.octets!.decoder;
  }

  private get reception(): Reception | undefined {
    return this.session.current?.reception;
  }

  /** Goes on with what has come in, unless the loop is at it. */
  resume(): void {
    this.incoming.resume();
  }

  /** STARTTLS: throws away what came in clear text behind it (RFC 3207 §4.2), then lets the handshake begin. */
  async startTls(): Promise<void> {
    this.incoming.clear();
    // A client that has closed its side cannot shake hands.
    if (this.incoming.isEnded) this.finish();
    else await this.handshake('discard');
  }

  /** Runs the TLS handshake and forgets what was known before (RFC 3207 §4.2). */
  async handshake(unread: 'discard' | 'keep'): Promise<void> {
    const { session } = this;
    this.handshaking = true;
    this.turn.limit = this.turn.deadline = now() + session.options.handshakeTimeoutMs;
    const socket = await this.transport.startTls(this.host.tls()!, unread, this.incoming.takeAll());
    this.handshaking = false;
    this.turn.limit = this.turn.deadline = Infinity;
    session.forget();
    const cipher = socket.getCipher();
    session.tlsOptions = { name: cipher.name, standardName: cipher.standardName, version: cipher.version };
    session.servername = (socket as { servername?: string | false }).servername || false;
    if (session.options.requestCert) session.clientCertificate = verifiedCertificate(socket);
    const reply = await connectionVerdict('secure', replies.ok, session);
    if (!isPositive(reply)) this.refusal = reply;
  }

  /** Whether the client understands nothing but a handshake now. */
  get isMute(): boolean {
    return this.isHeaderDue || this.handshaking || (this.session.options.secure && !this.transport.secure);
  }

  get tlsAvailable(): boolean {
    return this.host.tls() !== undefined;
  }

  /** The reply to anything thrown; the cause goes to the application's log. */
  replyToError(error: unknown, failure: Reply = replies.localError, transaction?: Transaction): Reply {
    if (!(error instanceof SmtpError)) {
      this.report(error, transaction);
      return failure;
    }
    if (error.cause !== undefined) this.report(error, transaction);
    return error.reply;
  }

  /** @param transaction whose message failed, where one did: it may be over, and the session in the next one */
  report(error: unknown, transaction?: Transaction): void {
    // A log that fails must not take the dialogue with it.
    void attempt(() => this.session.backend.error?.(error, this.session, transaction), ignore, ignore);
  }

  // ── transport events ──────────────────────────────────────────────────────────────────────────────────────────────

  input(chunk: Buffer): void {
    if (this.ended) return this.drop(chunk);
    this.incoming.push(chunk);
  }

  inputEnd(): void {
    this.incoming.end();
  }

  drain(): void {
    this.resume();
  }

  gone(): void {
    this.isClosed = true;
    this.ended = true;
    this.host.deadlines.delete(this);
    this.endPause?.();
    this.reception?.lost();
    this.session.abort();
    if (!this.isHeaderDue) this.takeLeave();
    this.host.closed(this);
  }

  private takeLeave(): void {
    if (diagnostics.close.hasSubscribers) diagnostics.close.publish({ session: this.session });
    void attempt(
      () => this.session.backend.close?.(this.session),
      ignore,
      (error) => this.report(error),
    );
  }

  expire(): void {
    const reception = this.ended || !this.turn.isOurs ? undefined : this.reception;
    if (reception?.awaitsHandler) reception.initiationTimeout();
    else if (reception !== undefined) reception.handlerTimeout();
    else this.cut(replies.timeout);
  }

  // ── lines and their answers ───────────────────────────────────────────────────────────────────────────────────────

  get isBusy(): boolean {
    return this.busy;
  }

  get isOver(): boolean {
    return this.ended;
  }

  takeTlsOnClearPort(): void {
    this.turnAway('tls-on-clear-port', replies.tlsOnClearPort);
  }

  private turnAway(kind: IntruderKind, reply: Reply): void {
    reportIntruder(this.session, kind);
    this.cut(reply);
  }

  takeLine(line: InputLine, isPlain: boolean): void {
    if (line === LINE_FLOOD) return this.cut(replies.lineFlood);
    const { session } = this;
    const { commands } = this.host;
    const { commandSyntax, maxCommandLength } = session.options;
    const read = commandSyntax === 'strict' ? readCommandLine : readLaxCommandLine;
    const commandLine = read(line, maxCommandLength, isPlain);
    const { verb } = commandLine;
    this.line = commandLine;
    if (this.refusal !== undefined) return this.cut(this.refusal);
    if (diagnostics.command.hasSubscribers) {
      // What is no command may be anything, a password on a line of its own for example.
      const isShown = commands.has(verb);
      const args = isShown && verb !== 'AUTH' ? commandLine.args : '';
      diagnostics.command.publish({ session, verb: isShown ? verb : '', args });
    }
    const command = commands.get(verb);
    if (command === undefined && isHttp(commandLine, commandSyntax)) return this.turnAway('http', replies.httpRequest);
    const octets = CommandOctets.behind(command, commandLine.args);
    if (octets === 'unknown') return this.cut(replies.outOfStep);
    this.octets = octets;
    this.perform(runLine, command?.failure, command?.withoutEnhancedCode);
  }

  /** Takes the command line that is to be answered through the rules of all commands. */
  dispatchLine(): CommandResult {
    return dispatch(this.line, this.session, this.host.commands);
  }

  /** The one place where an action becomes a reply, and everything thrown is caught. */
  private perform(
    action: (conversation: Conversation) => CommandResult,
    failure?: Reply,
    withoutEnhancedCode = false,
  ): void {
    let result: CommandResult;
    try {
      result = action(this);
    } catch (error) {
      result = this.replyToError(error, failure);
    }
    if (!isPromise(result)) return this.take(result, withoutEnhancedCode);
    this.busy = true;
    result.then(
      (value) => this.promised(value, withoutEnhancedCode),
      (error: unknown) => this.promised(this.replyToError(error, failure), withoutEnhancedCode),
    );
  }

  private promised(value: CommandAnswer | LaterAnswer, withoutEnhancedCode: boolean): void {
    this.busy = false;
    this.turn.limit = Infinity;
    if (this.ended) return;
    this.take(value, withoutEnhancedCode);
    this.resume();
  }

  private take(value: CommandAnswer | LaterAnswer, withoutEnhancedCode: boolean): void {
    if (!(value instanceof LaterAnswer)) return this.answer(value, withoutEnhancedCode);
    this.busy = true;
    value.whenGiven((answer) => this.promised(answer, withoutEnhancedCode));
  }

  /** Says what the command answers, behind what is left of its own octets. */
  private answer(answer: CommandAnswer, withoutEnhancedCode: boolean): void {
    const { octets } = this;
    this.incoming.reader = undefined;
    if (octets === undefined) return this.say(answer, withoutEnhancedCode);
    this.octets = undefined;
    const answers = octets.answers(answer, this.session);
    const say = (): void => this.say(answers, withoutEnhancedCode);
    if (answers.some(({ code }) => code === 421)) return say();
    this.incoming.reader = octets.rest(() => {
      this.busy = false;
      say();
    });
    if (this.incoming.reader === undefined) say();
    else this.busy = true;
  }

  private say(answer: CommandAnswer, withoutEnhancedCode: boolean): void {
    let isLast = this.session.phase === 'closing';
    // 421 closes the channel (RFC 5321 §3.8): LMTP has no more to say about other recipients.
    if (answer instanceof Reply) isLast = this.speak(answer, withoutEnhancedCode) || isLast;
    else isLast = answer?.some((reply) => this.speak(reply, withoutEnhancedCode)) || isLast;
    this.line = NO_LINE; // answered: what is said before the next one speaks of no command
    if (isLast) this.finish();
    else if (this.draining) this.closeWhenIdle();
  }

  /** Writes a reply; tells whether the connection closes behind it. */
  private speak(reply: Reply, withoutEnhancedCode: boolean): boolean {
    // RFC 2034 §4: none in the greeting nor in replies to HELO and EHLO; a 421 speaks of the connection, not of those.
    const wantsCode = !withoutEnhancedCode || (this.greeted && reply.code === 421);
    return this.tell(reply, wantsCode).code === 421;
  }

  /** Writes a reply that does not end the present command: an invitation to go on. Gives it as it was worded. */
  tell(given: Reply, withCode = true): Reply {
    const { rephrase } = this.session.options;
    const reply =
      rephrase === undefined
        ? given
        : rephrase(given, { session: this.session, verb: this.line.verb, args: this.line.args });
    if (diagnostics.reply.hasSubscribers) diagnostics.reply.publish({ session: this.session, reply });
    this.transport.write(reply.toOctets(withCode && !this.session.options.hideENHANCEDSTATUSCODES));
    return reply;
  }

  private closeWhenIdle(): void {
    if (this.busy || this.ended || this.session.current !== undefined) return;
    this.cut(replies.shuttingDown);
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.session.phase = 'closing';
    this.endPause?.();
    this.incoming.clear();
    this.reception?.lost();
    this.turn.deadline = now() + LINGER_MS;
    this.transport.end();
  }

  private drop(chunk: Buffer): void {
    this.dropped += chunk.length;
    if (this.dropped > MAX_DROPPED_INPUT) this.transport.destroy();
  }

  /** After each step: send what is due, stop or go on reading, and see whether the client has left. */
  settle(): void {
    if (this.ended) return;
    const { incoming } = this;
    const waiting = this.busy && !incoming.isAwaited;
    // Replies before a slow hook wait for its reply, so that a pipelined group is one write, but not for long.
    if (!waiting) this.transport.flush();
    else if (this.transport.hasOutput) setImmediate(() => this.transport.flush());
    this.turn.settle(waiting, incoming.reader);
    incoming.settle();
    if (incoming.isEnded && !this.turn.isOurs && !incoming.isResting) this.leave();
  }

  /** The client has said all it had to say, and so have we. */
  private leave(): void {
    if (this.transport.isStalled) return;
    this.finish();
  }
}

function runLine(conversation: Conversation): CommandResult {
  return conversation.dispatchLine();
}

function ignore(): void {
  // see its uses
}
