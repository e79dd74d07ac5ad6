import type { MessageStream } from 'smtp-engine';
import { SmtpMessageTooLarge } from '../exceptions/named.exceptions.js';
import { decodeFieldValue } from './encoded-words.js';

/** Octets of a header section that are looked at; what sends more is no mail program. */
export const MAX_HEADER_BYTES = 256 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Header sections that have been looked at, or are: several parameters of one handler share the reading. */
const sections = new WeakMap<MessageStream, Promise<HeaderSection>>();

/** The fields in front of a message (RFC 5322 §2.1). */
export class HeaderSection {
  private readonly values = new Map<string, Buffer>();

  constructor(octets: Buffer) {
    // One octet, one character: what the value means is found out when it is asked for.
    for (const field of octets.toString('latin1').split(/\r?\n(?![ \t])/)) {
      const [, name, value] = /^([!-9;-~]+)[ \t]*:([^]*)$/.exec(field) ?? [];
      const key = name?.toLowerCase();
      if (key !== undefined && !this.values.has(key)) this.values.set(key, Buffer.from(value!, 'latin1'));
    }
  }

  /** The first value of a field, unfolded and decoded; undefined where the message has no such field. */
  get(name: string): string | undefined {
    const value = this.values.get(name.toLowerCase());
    return value && decodeFieldValue(value);
  }
}

/**
 * Reads the header section of a message and puts it back, so that whoever reads next begins with the first octet. No more
 * is read than the stream holds ready anyhow once the section is whole.
 *
 * @throws SmtpMessageTooLarge 552 5.3.4 beyond MAX_HEADER_BYTES; what the stream fails with
 */
export function headerSectionOf(message: MessageStream): Promise<HeaderSection> {
  const known = sections.get(message) ?? peek(message).then((octets) => new HeaderSection(octets));
  sections.set(message, known);
  return known;
}

async function peek(message: MessageStream): Promise<Buffer> {
  const end = new HeaderEnd();
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const leave = (done: () => void): void => {
      message.off('readable', look).off('error', failed).off('close', closed);
      // The stream forgets its listener one tick later; until then it would not flow.
      process.nextTick(done);
    };
    const failed = (error: Error): void => leave(() => reject(error));
    const closed = (): void => failed(message.errored ?? new Error('the message has been read before'));
    const look = (): void => {
      const chunk = message.byteLength > 0 ? (message.read() as Buffer | null) : null;
      if (chunk !== null) {
        chunks.push(chunk);
        end.look(chunk);
      }
      if (!end.isFound && !message.isComplete && end.offset <= MAX_HEADER_BYTES) return;
      // In the tick of the read: a stream that has come to its end must not tell so yet.
      if (chunks.length > 0) message.unshift(Buffer.concat(chunks));
      if (end.offset > MAX_HEADER_BYTES) failed(new SmtpMessageTooLarge('Message header is too large'));
      else leave(resolve);
    };
    if (message.destroyed || message.readableEnded) return closed();
    message.on('readable', look).on('error', failed).on('close', closed);
  });
  return Buffer.concat(chunks).subarray(0, end.offset);
}

/** Finds the empty line, without keeping anything. */
class HeaderEnd {
  isFound = false;
  /** Octets up to and with the empty line; all so far while it has not come. */
  offset = 0;
  private lineIsEmpty = true;

  look(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const lineFeed = chunk.indexOf(LF, at);
      const stop = lineFeed < 0 ? chunk.length : lineFeed;
      const isBlank = stop === at || (stop === at + 1 && chunk[at] === CR);
      this.lineIsEmpty &&= isBlank;
      if (lineFeed >= 0 && this.lineIsEmpty) {
        this.isFound = true;
        this.offset += lineFeed + 1;
        return;
      }
      if (lineFeed >= 0) this.lineIsEmpty = true;
      at = stop + 1;
    }
    this.offset += chunk.length;
  }
}
