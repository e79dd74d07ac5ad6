/** How much a message may cost that is parsed. */
export interface SmtpParseLimits {
  /** Octets of the message; more is 552 5.3.4. All of a parsed message is in memory. Default: 10 MiB. */
  readonly maxBytes?: number;
  /** Octets of its text, as sent, attachments not counted; text is decoded in one go. More is 554 5.6.0. Default: 1 MiB. */
  readonly maxTextBytes?: number;
  /** Octets of the header sections of all parts together; more is 554 5.6.0. Default: 64 KiB. */
  readonly maxHeaderBytes?: number;
  /** Parts (RFC 2046 §5.1), the message itself and what contains others among them; more is 554 5.6.0. Default: 500. */
  readonly maxParts?: number;
  /** Parts within parts, the message itself is the first; deeper is 554 5.6.0. Default: 20. */
  readonly maxDepth?: number;
  /**
   * Milliseconds that the parser may work on the message, without the time the client takes to send it; then 451 4.3.0,
   * since a machine that has less to do may manage. Default: 10,000.
   */
  readonly maxParseMs?: number;
}

export type ParseLimits = Required<SmtpParseLimits>;

const DEFAULTS: ParseLimits = Object.freeze({
  maxBytes: 10 * 1024 * 1024,
  maxTextBytes: 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
  maxParts: 500,
  maxDepth: 20,
  maxParseMs: 10_000,
});

/** A timer of Node cannot wait longer. */
const MAX_LIMIT = 2 ** 31 - 1;

/** @throws TypeError for an unknown name, or what is no positive integer */
export function resolveParseLimits(given: SmtpParseLimits): ParseLimits {
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (!(name in DEFAULTS)) {
      throw new TypeError(`@SmtpParsed(): there is no limit ${name}; there are ${Object.keys(DEFAULTS).join(', ')}`);
    }
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_LIMIT) {
      throw new TypeError(`@SmtpParsed(): ${name} must be an integer from 1 to ${MAX_LIMIT}`);
    }
  }
  return Object.freeze({ ...DEFAULTS, ...given });
}
