import type { Envelope } from '../envelope.js';
import { ForwardPath } from '../mail-path.js';
import { parseRcptArgument } from '../protocol/syntax.js';

const NONE: string[] = [];
const RECIPIENTS = Symbol('recipients');

interface AskingEnvelope extends Envelope {
  [RECIPIENTS]?: Recipients;
}

/** The same for all envelopes: a function for each would cost more than their recipients. */
const ASK = {
  get(this: AskingEnvelope): readonly ForwardPath[] {
    return this[RECIPIENTS]!.all;
  },
  enumerable: true,
  configurable: true,
};

/**
 * Fills the recipients of an envelope. Those that nobody is asked about wait, as the client wrote them, until somebody looks
 * at the envelope: most of what hundreds of them cost is to make objects that nobody wants to see.
 */
export class Recipients {
  private readonly list: ForwardPath[];
  /** Lines of RCPT that were accepted: texts of one or more. */
  private waiting: string[] = NONE;
  private waitingCount = 0;
  /** Address in small letters → its place in the list. */
  private places: Map<string, number> | undefined;

  constructor(private readonly envelope: Envelope) {
    this.list = envelope.rcptTo;
  }

  /** How many there are at most: one that waits may repeat another. */
  get mostly(): number {
    return this.list.length + this.waitingCount;
  }

  /**
   * Takes some that are to be made later.
   *
   * @param lines complete ones, line ends included, that match PLAIN_RCPT_LINES
   */
  addWaiting(lines: string, count: number): void {
    if (this.waiting === NONE) this.waiting = this.startWaiting();
    this.waiting.push(lines);
    this.waitingCount += count;
  }

  /** Whether one more would be too many. A repeated one is none more. */
  isFullFor(address: string, maximum: number): boolean {
    return this.all.length >= maximum && !this.placesOf().has(address.toLowerCase());
  }

  /**
   * Takes one; a repeated address (case ignored) replaces the earlier entry.
   *
   * @returns its place in the list
   */
  add(path: ForwardPath): number {
    const list = this.all;
    if (list.length === 0) return list.push(path) - 1;
    const places = this.placesOf();
    const key = path.address.toLowerCase();
    const place = places.get(key) ?? list.length;
    places.set(key, place);
    list[place] = path;
    return place;
  }

  /** All of them, made. */
  get all(): ForwardPath[] {
    if (this.waitingCount === 0) return this.list;
    const lines = this.waiting.splice(0).join('').trimEnd().split('\r\n');
    this.waitingCount = 0;
    for (const line of lines) this.add(made(line));
    return this.list;
  }

  /** From now on the envelope asks for its recipients. */
  private startWaiting(): string[] {
    const envelope: AskingEnvelope = this.envelope;
    envelope[RECIPIENTS] = this;
    Object.defineProperty(envelope, 'rcptTo', ASK);
    return [];
  }

  private placesOf(): Map<string, number> {
    return (this.places ??= new Map(this.list.map(({ address }, place) => [address.toLowerCase(), place])));
  }
}

function made(line: string): ForwardPath {
  const read = parseRcptArgument(line.slice('RCPT '.length));
  if (typeof read === 'string') throw new TypeError('a recipient was accepted that cannot be read');
  const { address, localPart, domain } = read.mailbox;
  return new ForwardPath(address, localPart, domain);
}
