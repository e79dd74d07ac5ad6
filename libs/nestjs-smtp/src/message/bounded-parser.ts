import type { Transform } from 'node:stream';
import { SmtpContentRefused } from '../exceptions/named.exceptions.js';
import { CharsetDecoder } from './charset-decoder.js';
import type { ParseLimits } from './parse-limits.js';

/** A part, as mailparser's splitter hands it over before it is looked into. */
interface PartNode {
  readonly parentNode: PartNode | false;
  readonly contentType: string | false;
  readonly disposition: string | false;
  readonly headers: { build(): Buffer };
}

/** What its splitter makes of a message: parts, and octets of them. */
type Piece = (PartNode & { readonly type: 'node' }) | (OctetsOfPart & { readonly type: 'body' | 'data' });

interface OctetsOfPart {
  readonly node: PartNode;
  readonly value: Buffer;
}

/** What is used of mailparser; `processChunk()` is no documented part of it, a test tells when it is gone. */
export interface MailParserStream extends Transform {
  processChunk(piece: Piece, done: (error?: Error) => void): void;
}

export type MailParserClass = new (options: Readonly<Record<string, unknown>>) => MailParserStream;

/** Parts whose content mailparser takes for text of the message. */
const TEXT_TYPES: readonly (string | false)[] = ['text/plain', 'text/html', 'message/delivery-status', false];

/** Makes a parser that refuses what costs too much, each piece before it is worked on. */
export function boundedParser(base: MailParserClass, limits: ParseLimits): MailParserStream {
  const budget = new ShapeBudget(limits);
  class BoundedParser extends base {
    override processChunk(piece: Piece, done: (error?: Error) => void): void {
      // What has failed still gets what was split before.
      if (this.destroyed) return;
      try {
        budget.take(piece);
        super.processChunk(piece, done);
      } catch (error) {
        // Thrown further, it would end the process: nobody of ours called this.
        done(error as Error);
      }
    }
  }
  const parser = new BoundedParser({
    Iconv: CharsetDecoder,
    maxHeadSize: limits.maxHeaderBytes,
    maxChildNodes: limits.maxParts,
    // Nothing is made that was not sent; that work is not linear either.
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
  });
  // It reports errors after its end as well.
  parser.on('error', ignore);
  return parser;
}

/** What a message has used up. */
class ShapeBudget {
  private headerBytes = 0;
  private textBytes = 0;

  constructor(private readonly limits: ParseLimits) {}

  /** @throws SmtpContentRefused beyond a limit */
  take(piece: Piece): void {
    if (piece.type === 'node') this.takePart(piece);
    else if (piece.type === 'body' && isText(piece.node)) this.textBytes += piece.value.length;
    const { maxHeaderBytes, maxTextBytes } = this.limits;
    if (this.headerBytes > maxHeaderBytes) throw headerTooLarge();
    if (this.textBytes > maxTextBytes) throw new SmtpContentRefused('Message text is too large');
  }

  private takePart(part: PartNode): void {
    this.headerBytes += part.headers.build().length;
    let depth = 1;
    for (let { parentNode } = part; parentNode !== false; { parentNode } = parentNode) {
      if (++depth > this.limits.maxDepth) throw new SmtpContentRefused('Message parts are nested too deep');
    }
  }
}

/** Words the splitter's own errors, which say EMAXLEN both for a header section and for the number of parts. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'EMAXLEN') return error;
  return /child nodes/i.test(error.message) ? new SmtpContentRefused('Message has too many parts') : headerTooLarge();
}

function headerTooLarge(): SmtpContentRefused {
  return new SmtpContentRefused('Message headers are too large');
}

function isText({ contentType, disposition }: PartNode): boolean {
  return TEXT_TYPES.includes(contentType) && (disposition === false || disposition === 'inline');
}

function ignore(): void {
  // see boundedParser()
}
