import { V7Generator } from 'uuidv7';

/**
 * Makes ids (UUIDv7, RFC 9562 §5.7) that sort in the order of arrival, also when the clock is set back while the
 * process runs or while it was down.
 */
export class MessageIds {
  private readonly generator = new V7Generator();
  private latest: number;

  /** @param newest the newest id in the store: all new ones sort after it */
  constructor(newest?: string) {
    // One millisecond on, since the random part of two ids of one millisecond has no order across processes.
    this.latest = newest === undefined ? 0 : timestampOf(newest) + 1;
  }

  next(): string {
    this.latest = Math.max(this.latest, Date.now());
    return this.generator.generateOrResetWithTs(this.latest).toString();
  }
}

/** The first 48 bits of a UUIDv7: milliseconds since 1970. */
function timestampOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
