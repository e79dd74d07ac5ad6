const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const LONE_CR = Buffer.from('\r');
const LONE_DOT = Buffer.from('.');

/** A dot that goes costs as much as so many that stay: it makes a piece. */
const PIECE_COST = 2;
/** So many octets for each dot have to be searched, or else copying all of them is cheaper. */
const SPARSE_OCTETS = 16;
/** Dots at the beginning of a chunk say little about the rest. */
const FIRST_OCTETS = 1024;

/** Where the decoder stands between two chunks. */
const enum Position {
  /** Inside a line. */
  Text,
  /** Behind a CR that may begin a line end. */
  AfterCr,
  /** At the first octet of a line. */
  LineStart,
  /** Behind a dot that began a line; the dot is held back. */
  AfterDot,
  /** Behind such a dot and a CR; both are held back. */
  AfterDotCr,
  /** Behind a dot that followed a bare LF; the dot is held back. Not with `'standard'`. */
  AfterBareDot,
}

/**
 * Which dot at the start of a line transparency has added: `'standard'` the first one behind CRLF (RFC 5321 §4.5.2);
 * `'after-lf'` that one, and the first of two behind a bare LF; `'double'` the first of two only, behind either, while
 * a single dot stays. All find the end of mail data in the same place.
 */
export type Transparency = 'standard' | 'after-lf' | 'double';

/** What a dot is. */
const enum Dot {
  /** A part of the message. */
  Text,
  /** Added by transparency; it goes. */
  Stuffing,
  /** The last octet of the chunk, at the start of a line. */
  Held,
  /** Such a dot, and a CR is the last octet. */
  HeldWithCr,
  /** The last octet of the chunk, behind a bare LF. Not with `'standard'`. */
  HeldBare,
  /** The end of mail data; CRLF follows. */
  End,
}

/**
 * Reads mail data (RFC 5321 §4.1.1.4, §4.5.2): removes the dot that transparency added at the start of a line and finds
 * the end, which is CRLF.CRLF and nothing else, wherever the network cut it. Every other octet passes unchanged.
 */
export class DataDecoder {
  /**
   * A line of nothing but a dot has come whose line ends are not both CRLF, such as LF.LF or CRLF.LF. To us it is text;
   * another server may take it for the end, and what follows for commands (SMTP smuggling).
   */
  ambiguous = false;
  private position: Position = Position.LineStart;
  /** The last octet of the chunk before; a message begins as behind a line end. */
  private last = LF;
  /** That chunk ended with a dot behind a lone CR or LF; the dot has been handed on. */
  private endsInBareDot = false;
  private readonly looksBehindLf: boolean;
  private readonly keepsSingleDot: boolean;

  constructor(transparency: Transparency = 'standard') {
    this.looksBehindLf = transparency !== 'standard';
    this.keepsSingleDot = transparency === 'double';
  }

  /**
   * Decodes one chunk.
   *
   * @param sink gets the decoded octets in order: as sub-arrays of `chunk`, or as a copy where dots are dense
   * @returns the offset behind the end of mail data, or -1 when more is to come
   */
  decode(chunk: Buffer, sink: (piece: Buffer) => void): number {
    if (chunk.length === 0) return -1;
    if (this.position === Position.AfterDotCr) {
      if (chunk[0] === LF) return this.end(1);
      this.ambiguous = true;
      if (this.keepsSingleDot) sink(LONE_DOT);
      sink(LONE_CR); // it was text after all: only the dot goes
    } else if (this.position === Position.AfterDot) {
      if (chunk[0] === CR && chunk.length === 1) return this.hold(Position.AfterDotCr);
      if (chunk[0] === CR && chunk[1] === LF) return this.end(2);
      this.ambiguous ||= isLineEnd(chunk[0]);
      if (this.keepsSingleDot && chunk[0] !== DOT) sink(LONE_DOT);
    } else if (this.position === Position.AfterBareDot) {
      this.ambiguous ||= isLineEnd(chunk[0]);
      if (chunk[0] !== DOT) sink(LONE_DOT);
    } else if (this.endsInBareDot) {
      this.ambiguous ||= isLineEnd(chunk[0]);
    }
    this.endsInBareDot = false;

    let from = 0;
    let cost = 0;
    for (let dot = chunk.indexOf(DOT); dot >= 0; dot = chunk.indexOf(DOT, dot + 1)) {
      const meaning = this.meaning(chunk, dot);
      cost++;
      if (meaning !== Dot.Text) {
        if (dot > from) sink(chunk.subarray(from, dot));
        from = dot + 1;
        if (meaning !== Dot.Stuffing) return this.stop(meaning, from);
        cost += PIECE_COST;
      }
      if (cost * SPARSE_OCTETS > dot + FIRST_OCTETS) return this.pack(chunk, from, sink);
    }
    if (from < chunk.length) sink(from === 0 ? chunk : chunk.subarray(from));
    return this.goOn(chunk);
  }

  /** The rest of a chunk whose dots are dense, octet by octet into one piece. The chunk may belong to its sender. */
  private pack(chunk: Buffer, from: number, sink: (piece: Buffer) => void): number {
    const { length } = chunk;
    const packed = Buffer.allocUnsafe(length - from);
    let packedLength = 0;
    let stopped = -1;
    let previous = LF;
    for (let at = from; at < length; at++) {
      const octet = chunk[at]!;
      if (octet !== DOT || !isLineEnd(previous)) {
        packed[packedLength++] = previous = octet;
        continue;
      }
      // Two dots behind CRLF are what dense dots are made of, and the first of them always goes.
      if (chunk[at + 1] === DOT && chunk[at - 1] === LF && chunk[at - 2] === CR) {
        packed[packedLength++] = previous = DOT;
        at++;
        continue;
      }
      const meaning = this.meaning(chunk, at);
      previous = DOT;
      if (meaning === Dot.Text) packed[packedLength++] = DOT;
      else if (meaning !== Dot.Stuffing) {
        stopped = at;
        break;
      }
    }
    if (packedLength > 0) sink(packed.subarray(0, packedLength));
    return stopped < 0 ? this.goOn(chunk) : this.stop(this.meaning(chunk, stopped), stopped + 1);
  }

  private meaning(chunk: Buffer, dot: number): Dot {
    const before = dot === 0 ? this.last : chunk[dot - 1];
    if (!isLineEnd(before)) return Dot.Text;
    const next = dot + 1 < chunk.length ? chunk[dot + 1] : undefined;
    if (!this.startsLine(chunk, dot)) {
      if (this.looksBehindLf && before === LF && (next === undefined || next === DOT)) {
        return next === undefined ? Dot.HeldBare : Dot.Stuffing;
      }
      if (next === undefined) this.endsInBareDot = true;
      else this.ambiguous ||= isLineEnd(next);
      return Dot.Text;
    }
    if (next === undefined) return Dot.Held;
    if (next === CR) {
      if (dot + 2 === chunk.length) return Dot.HeldWithCr;
      if (chunk[dot + 2] === LF) return Dot.End;
    }
    this.ambiguous ||= isLineEnd(next);
    return this.keepsSingleDot && next !== DOT ? Dot.Text : Dot.Stuffing;
  }

  /** @param behind the offset behind the dot */
  private stop(meaning: Dot, behind: number): number {
    if (meaning === Dot.End) return this.end(behind + 2);
    if (meaning === Dot.HeldBare) return this.hold(Position.AfterBareDot);
    return this.hold(meaning === Dot.Held ? Position.AfterDot : Position.AfterDotCr);
  }

  private goOn(chunk: Buffer): -1 {
    this.position = this.positionAfter(chunk);
    this.last = chunk[chunk.length - 1]!;
    return -1;
  }

  private startsLine(chunk: Buffer, index: number): boolean {
    if (index >= 2) return chunk[index - 1] === LF && chunk[index - 2] === CR;
    if (index === 1) return chunk[0] === LF && this.position === Position.AfterCr;
    return this.position === Position.LineStart;
  }

  private positionAfter(chunk: Buffer): Position {
    const last = chunk[chunk.length - 1];
    if (last === CR) return Position.AfterCr;
    if (last !== LF) return Position.Text;
    const beforeIsCr = chunk.length >= 2 ? chunk[chunk.length - 2] === CR : this.position === Position.AfterCr;
    return beforeIsCr ? Position.LineStart : Position.Text;
  }

  private hold(position: Position.AfterDot | Position.AfterDotCr | Position.AfterBareDot): -1 {
    this.position = position;
    this.last = position === Position.AfterDotCr ? CR : DOT;
    return -1;
  }

  private end(offset: number): number {
    this.position = Position.LineStart;
    this.last = LF;
    return offset;
  }
}

function isLineEnd(octet: number | undefined): boolean {
  return octet === LF || octet === CR;
}
