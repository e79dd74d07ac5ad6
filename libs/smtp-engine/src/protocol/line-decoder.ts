const LF = 0x0a;
const CR = 0x0d;

/** A line longer than the limit; its octets are gone, the decoder is at the start of the next line. */
export const LINE_TOO_LONG = Symbol('line too long');
/** A line that goes on and on: it has passed the limit many times over, whether its end has come or not. */
export const LINE_FLOOD = Symbol('line flood');

/** How many times the limit a line may have, unread, before it counts as a flood. */
const FLOOD_FACTOR = 16;
/**
 * Octets that are made text at a time: the lines of a group are cut from it, which is cheaper than to make each of them
 * from octets. Not all that has come, since a part of a text, such as an address, keeps the whole of it in memory.
 */
const TEXT_OCTETS = 4096;
/** An octet that has to be looked at where it is not mail data: a control, or one beyond ASCII. */
const UNUSUAL = /[^\t\n\r\x20-\x7e]|\r(?!\n)/;

/**
 * Cuts the input into lines. A line ends with CRLF; a lone LF ends it as well, as people at a terminal and some devices
 * send it (docs/quirks.md#lone-lf). Lines are strings of one character an octet, without their line end.
 */
export class LineDecoder {
  /** Whether the line given last is known to be of printable ASCII, blanks and tabs, so that nobody has to look. */
  isPlain = false;
  private buffer: Buffer | undefined;
  private offset = 0;
  /** How far `buffer` is known to hold no LF, so that a trickled line is searched once. */
  private searched = 0;
  /** The octets from `textStart` on, as far as they have been made text. */
  private text = '';
  private textStart = 0;
  /** Octets dropped of an over-long line whose end has not come. */
  private dropped = 0;

  /** @param floodFactor how many times the limit a line may have, unread, before it counts as a flood */
  constructor(private readonly floodFactor = FLOOD_FACTOR) {}

  /** Whether a complete line is there. */
  get hasLine(): boolean {
    return this.findEnd() >= 0;
  }

  /** Octets that wait to be read. */
  get pending(): number {
    return this.buffer === undefined ? 0 : this.buffer.length - this.offset;
  }

  /** Whether a line begins with these two octets. */
  beginsWith(first: number, second: number): boolean {
    if (this.pending < 2 || this.dropped > 0) return false;
    return this.buffer![this.offset] === first && this.buffer![this.offset + 1] === second;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.buffer === undefined) {
      this.buffer = chunk;
      this.searched = 0;
    } else {
      this.searched = Math.max(0, this.searched - this.offset);
      this.buffer = Buffer.concat([this.buffer.subarray(this.offset), chunk]);
    }
    this.offset = 0;
    this.forgetText();
  }

  /**
   * The next complete line, undefined when none is there.
   *
   * @param limit octets a line may have, its line end included
   */
  next(limit: number): string | typeof LINE_TOO_LONG | typeof LINE_FLOOD | undefined {
    const end = this.findEnd();
    if (end < 0) return this.pending > 0 ? this.dropUnfinished(limit) : undefined;
    const start = this.offset;
    const length = this.dropped + end + 1 - start;
    const endsInCr = end > start && this.buffer![end - 1] === CR;
    const line = length > limit ? this.overLong(length, limit) : this.cut(start, endsInCr ? end - 1 : end);
    this.dropped = 0;
    this.consumeTo(end + 1);
    return line;
  }

  /**
   * The complete lines in front that match, line ends included, as far as they have been made text: skip() takes them.
   *
   * @param pattern a sticky one, for lines of printable ASCII
   */
  peekMatching(pattern: RegExp): string | undefined {
    if (this.dropped > 0 || this.findEnd() < 0) return undefined;
    const start = this.offset;
    // A line that the text cuts off belongs to the next one.
    if (!this.text.includes('\n', start - this.textStart)) this.makeText(start, start + TEXT_OCTETS);
    pattern.lastIndex = start - this.textStart;
    if (!this.isPlain || !pattern.test(this.text)) return undefined;
    return this.text.slice(start - this.textStart, pattern.lastIndex);
  }

  /** Goes on behind lines that were looked at. */
  skip(octets: number): void {
    this.consumeTo(this.offset + octets);
  }

  /** Everything that waits, for a reader that is not interested in lines. */
  takeAll(): Buffer | undefined {
    const rest = this.offset === 0 ? this.buffer : this.buffer!.subarray(this.offset);
    this.clear();
    return rest;
  }

  clear(): void {
    this.buffer = undefined;
    this.offset = 0;
    this.searched = 0;
    this.dropped = 0;
    this.forgetText();
  }

  private findEnd(): number {
    if (this.buffer === undefined) return -1;
    const inText = this.text.indexOf('\n', this.offset - this.textStart);
    if (inText >= 0) return this.textStart + inText;
    const end = this.buffer.indexOf(LF, Math.max(this.offset, this.searched));
    this.searched = end < 0 ? this.buffer.length : end;
    return end;
  }

  /** The octets of a line as text. */
  private cut(start: number, end: number): string {
    if (end > this.textStart + this.text.length) this.makeText(start, Math.max(end + 2, start + TEXT_OCTETS));
    return this.text.slice(start - this.textStart, end - this.textStart);
  }

  private makeText(start: number, end: number): void {
    this.textStart = start;
    this.text = this.buffer!.toString('latin1', start, end);
    this.isPlain = !UNUSUAL.test(this.text);
  }

  private forgetText(): void {
    this.text = '';
    this.textStart = 0;
  }

  private consumeTo(offset: number): void {
    if (offset === this.buffer!.length) {
      this.buffer = undefined;
      this.forgetText();
    }
    this.offset = this.buffer === undefined ? 0 : offset;
    this.searched = this.offset;
  }

  private dropUnfinished(limit: number): typeof LINE_FLOOD | undefined {
    const dropped = this.dropped + this.pending;
    if (dropped <= limit) return undefined;
    this.clear();
    this.dropped = dropped;
    return dropped > limit * this.floodFactor ? LINE_FLOOD : undefined;
  }

  private overLong(length: number, limit: number): typeof LINE_TOO_LONG | typeof LINE_FLOOD {
    return length > limit * this.floodFactor ? LINE_FLOOD : LINE_TOO_LONG;
  }
}
