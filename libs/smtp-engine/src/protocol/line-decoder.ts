const LF = 0x0a;
const CR = 0x0d;

/** A line longer than the limit; its octets are gone, the decoder is at the start of the next line. */
export const LINE_TOO_LONG = Symbol('line too long');
/** A line that goes on and on: it has passed the limit many times over, whether its end has come or not. */
export const LINE_FLOOD = Symbol('line flood');

const FLOOD_FACTOR = 16;

/**
 * Cuts the input into lines. A line ends with CRLF; a lone LF ends it as well, as people at a terminal and some devices
 * send it (docs/quirks.md#lone-lf). Lines are sub-arrays of the chunks they came in, without their line end.
 */
export class LineDecoder {
  private buffer: Buffer | undefined;
  private offset = 0;
  /** How far `buffer` is known to hold no LF, so that a trickled line is searched once. */
  private searched = 0;
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
  }

  /**
   * The next complete line, undefined when none is there.
   *
   * @param limit octets a line may have, its line end included
   */
  next(limit: number): Buffer | typeof LINE_TOO_LONG | typeof LINE_FLOOD | undefined {
    const end = this.findEnd();
    if (end < 0) return this.pending > 0 ? this.dropUnfinished(limit) : undefined;
    const buffer = this.buffer!;
    const start = this.offset;
    const length = this.dropped + end + 1 - start;
    this.dropped = 0;
    this.consumeTo(end + 1);
    if (length > limit) return length > limit * this.floodFactor ? LINE_FLOOD : LINE_TOO_LONG;
    return buffer.subarray(start, end > start && buffer[end - 1] === CR ? end - 1 : end);
  }

  /** Everything that waits, for a reader that is not interested in lines. */
  takeAll(): Buffer | undefined {
    const rest = this.buffer?.subarray(this.offset);
    this.clear();
    return rest;
  }

  clear(): void {
    this.buffer = undefined;
    this.offset = 0;
    this.searched = 0;
    this.dropped = 0;
  }

  private findEnd(): number {
    if (this.buffer === undefined) return -1;
    const end = this.buffer.indexOf(LF, Math.max(this.offset, this.searched));
    this.searched = end < 0 ? this.buffer.length : end;
    return end;
  }

  private consumeTo(offset: number): void {
    if (offset === this.buffer!.length) this.buffer = undefined;
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
}
