const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const LONE_CR = Buffer.from('\r');

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
  /** The last octet of the chunk before. */
  private last = 0;
  /** That chunk ended with a dot behind a lone CR or LF; the dot has been handed on. */
  private endsInBareDot = false;

  /**
   * Decodes one chunk.
   *
   * @param sink gets the decoded octets as sub-arrays of `chunk`, in order
   * @returns the offset behind the end of mail data, or -1 when more is to come
   */
  decode(chunk: Buffer, sink: (piece: Buffer) => void): number {
    if (chunk.length === 0) return -1;
    let from = 0;
    if (this.position === Position.AfterDotCr) {
      if (chunk[0] === LF) return this.end(1);
      this.ambiguous = true;
      sink(LONE_CR); // it was text after all: only the dot goes
    } else if (this.position === Position.AfterDot) {
      if (chunk[0] === CR && chunk.length === 1) return this.hold(Position.AfterDotCr);
      if (chunk[0] === CR && chunk[1] === LF) return this.end(2);
      this.ambiguous ||= isLineEnd(chunk[0]);
    } else if (this.endsInBareDot) {
      this.ambiguous ||= isLineEnd(chunk[0]);
    }
    this.endsInBareDot = false;

    let search = 0;
    for (;;) {
      const dot = chunk.indexOf(DOT, search);
      if (dot < 0) break;
      search = dot + 1;
      if (!this.startsLine(chunk, dot)) {
        if (isLineEnd(dot === 0 ? this.last : chunk[dot - 1])) this.sawBareDot(chunk[dot + 1]);
        continue;
      }
      if (dot > from) sink(chunk.subarray(from, dot));
      from = dot + 1;
      if (from === chunk.length) return this.hold(Position.AfterDot);
      if (chunk[from] === CR) {
        if (from + 1 === chunk.length) return this.hold(Position.AfterDotCr);
        if (chunk[from + 1] === LF) return this.end(from + 2);
      }
      this.ambiguous ||= isLineEnd(chunk[from]);
      search = from + 1; // a second dot is text
    }
    if (from < chunk.length) sink(from === 0 ? chunk : chunk.subarray(from));
    this.position = this.positionAfter(chunk);
    this.last = chunk[chunk.length - 1]!;
    return -1;
  }

  private sawBareDot(next: number | undefined): void {
    if (next === undefined) this.endsInBareDot = true;
    else this.ambiguous ||= isLineEnd(next);
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

  private hold(position: Position.AfterDot | Position.AfterDotCr): -1 {
    this.position = position;
    this.last = position === Position.AfterDot ? DOT : CR;
    return -1;
  }

  private end(offset: number): number {
    this.position = Position.LineStart;
    return offset;
  }
}

function isLineEnd(octet: number | undefined): boolean {
  return octet === LF || octet === CR;
}
