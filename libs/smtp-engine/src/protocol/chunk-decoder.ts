/** `chunk-size [LAST]` (RFC 3030 §2). */
const CHUNK_ARGUMENT = /^(\d+)(?: +(\S.*))?$/;
/** Every number with so many digits is exact, and no chunk is that large. */
const MAX_SIZE_DIGITS = 15;

/** The argument of BDAT. */
export interface ChunkArgument {
  /** Octets that follow the command line. */
  readonly size: number;
  /** The chunk ends the message. */
  readonly isLast: boolean;
  /** Something stands where only LAST may: the size holds, the command does not. */
  readonly isMalformed: boolean;
}

/** Reads the argument of BDAT; undefined where nobody can tell how many octets follow. */
export function parseChunkArgument(text: string): ChunkArgument | undefined {
  const match = CHUNK_ARGUMENT.exec(text);
  if (match === null || match[1]!.length > MAX_SIZE_DIGITS) return undefined;
  const isLast = match[2]?.toUpperCase() === 'LAST';
  return { size: Number(match[1]), isLast, isMalformed: match[2] !== undefined && !isLast };
}

/** Takes so many octets from the input, whatever they are: in a chunk no octet means anything (RFC 3030 §2). */
export class ChunkDecoder {
  /** @param remaining octets of the chunk that have not come yet */
  constructor(private remaining: number) {}

  get isComplete(): boolean {
    return this.remaining === 0;
  }

  /**
   * Takes what belongs to the chunk.
   *
   * @param sink gets the octets as a sub-array of `input`
   * @returns the offset behind the end of the chunk, or -1 when more is to come
   */
  decode(input: Buffer, sink: (piece: Buffer) => void): number {
    const taken = Math.min(input.length, this.remaining);
    if (taken > 0) sink(taken === input.length ? input : input.subarray(0, taken));
    this.remaining -= taken;
    return this.isComplete ? taken : -1;
  }
}
