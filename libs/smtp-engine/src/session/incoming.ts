import { LineDecoder } from '../protocol/line-decoder.js';
import type { InputLine, OctetReader } from './input.js';
import { TLS_HANDSHAKE } from './intruders.js';
import type { Session } from './session.js';
import type { Transport } from './transport.js';
import type { Turn } from './turn.js';
import { takeUnseenRecipients } from './unseen-recipients.js';

/** Octets of commands a client may have sent ahead; then it has to wait. */
const MAX_PENDING_INPUT = 64 * 1024;
/** Lines of one client that are taken in a row; then others have their turn. */
const MAX_STEPS = 256;

/** Who takes what comes in; a Conversation is one. */
export interface LineTaker {
  readonly session: Session;
  readonly transport: Transport;
  /** A command has not been answered yet: the next line has to wait. */
  readonly isBusy: boolean;
  /** Nothing is taken any more. */
  readonly isOver: boolean;
  /** @param isPlain the line is known to be of printable ASCII, blanks and tabs */
  takeLine(line: InputLine, isPlain: boolean): void;
  /** The client speaks TLS where nobody asked it to. */
  takeTlsOnClearPort(): void;
  /** Called after each run of the loop. */
  settle(): void;
}

/** The input side of a conversation: the loop that cuts what comes in into lines, or gives it to who reads octets. */
export class Incoming {
  /** Who reads what comes in: mail data. */
  reader: OctetReader | undefined;
  /** The client has sent its last octet. */
  isEnded = false;
  private readonly lines: LineDecoder;
  /** Who waits for the next line instead of the command map: an AUTH exchange. */
  private asked: ((line: InputLine) => void) | undefined;
  private pumping = false;
  /** The loop has stopped for others, and goes on by itself. */
  private resting = false;
  private paused = false;
  /** The client's time has begun anew since the loop runs or octets were read. */
  private acted = false;

  constructor(
    private readonly taker: LineTaker,
    private readonly turn: Turn,
  ) {
    this.lines = new LineDecoder(taker.session.options.longLines === 'cut' ? 1 : undefined);
  }

  /** A whole line has come that nobody has read. */
  get hasLine(): boolean {
    return this.lines.hasLine;
  }

  /** Octets have come that nobody has read. */
  get hasOctets(): boolean {
    return this.lines.pending > 0;
  }

  /** Somebody wants what comes next, whatever it is. */
  get isAwaited(): boolean {
    return this.reader !== undefined || this.asked !== undefined;
  }

  get isResting(): boolean {
    return this.resting;
  }

  push(chunk: Buffer): void {
    this.lines.push(chunk);
    this.resume();
  }

  end(): void {
    this.isEnded = true;
    this.resume();
  }

  /** Throws away what has come and was not read. */
  clear(): void {
    this.lines.clear();
  }

  /** What has come and was not read. */
  takeAll(): Buffer | undefined {
    return this.lines.takeAll();
  }

  /** The next line, without its line end, is not a command. */
  nextLine(): Promise<InputLine> {
    const line = new Promise<InputLine>((resolve) => (this.asked = resolve));
    this.resume();
    return line;
  }

  /** What comes now is not lines. */
  startReading(reader: OctetReader): void {
    this.reader = reader;
    this.resume();
  }

  /** Goes on with what has come in, unless the loop is at it. */
  resume(): void {
    if (!this.pumping && !this.resting) this.pump();
  }

  pump(): void {
    this.pumping = true;
    this.acted = false;
    let steps = 0;
    while (!this.taker.isOver && steps < MAX_STEPS && this.step()) steps++;
    this.pumping = false;
    if (steps === MAX_STEPS) this.rest();
    this.taker.settle();
  }

  /** After each step: stops reading where enough has come, or goes on. */
  settle(): void {
    const stalled = this.reader?.isStalled ?? false;
    this.setPaused(stalled || this.resting || this.lines.pending > MAX_PENDING_INPUT);
  }

  /** Lets others have their turn: a client that sends commands without end must not have them wait for it. */
  private rest(): void {
    this.resting = true;
    setImmediate(() => {
      this.resting = false;
      this.resume();
    });
  }

  /** Does one thing with what has come in; false when there is nothing to do. */
  private step(): boolean {
    const { lines, taker } = this;
    if (this.reader !== undefined) return this.readOctets(this.reader);
    if (taker.isBusy && this.asked === undefined) return false;
    if (taker.transport.isStalled) return false;
    const { options } = taker.session;
    if (!taker.transport.secure && options.commandSyntax === 'strict' && lines.beginsWith(...TLS_HANDSHAKE)) {
      taker.takeTlsOnClearPort();
      return false;
    }
    const unseen = this.asked === undefined ? takeUnseenRecipients(lines, taker.session) : '';
    if (unseen !== '') {
      this.act();
      taker.transport.write(unseen);
      return true;
    }
    const line = lines.next(Math.max(options.maxCommandLength, options.maxAuthLineLength));
    if (line === undefined) return false;
    this.act();
    if (this.asked === undefined) {
      taker.takeLine(line, lines.isPlain);
    } else {
      const answer = this.asked;
      this.asked = undefined;
      answer(line);
    }
    return true;
  }

  /** Once for the lines of a group: the clock has not moved. */
  private act(): void {
    if (!this.acted) this.turn.clientActed();
    this.acted = true;
  }

  private readOctets(reader: OctetReader): boolean {
    if (reader.isStalled) return false;
    const chunk = this.lines.takeAll();
    if (chunk === undefined) return false;
    this.acted = false;
    this.turn.octetsCame(chunk.length, reader);
    const end = reader.read(chunk);
    if (end < 0) return true;
    this.reader = undefined;
    if (end < chunk.length) this.lines.push(chunk.subarray(end));
    reader.end();
    return true;
  }

  private setPaused(pause: boolean): void {
    if (pause === this.paused) return;
    this.paused = pause;
    if (pause) this.taker.transport.pause();
    else this.taker.transport.resume();
  }
}
