import type { LINE_FLOOD, LINE_TOO_LONG } from '../protocol/line-decoder.js';
import type { DataPace } from './data-pace.js';

/** A complete line, one character an octet; or why there is none. */
export type InputLine = string | typeof LINE_TOO_LONG | typeof LINE_FLOOD;

/** Who takes the octets that come in, instead of the loop that takes lines. */
export interface OctetReader {
  /** It cannot take more now: the client waits. */
  readonly isStalled: boolean;
  /** @returns the offset behind the end of what it reads, or -1 when more is to come */
  read(chunk: Buffer): number;
  /** The end has come; lines are taken again. */
  end(): void;
  /** How fast the octets have to come; they just may not cease where it is left out. */
  readonly pace?: DataPace | undefined;
}
