import { Reply } from '../reply.js';

/**
 * A reply in smtp-server's own words: nothing rephrases it. Its text is said as it was given, blanks at the end and all that
 * is longer than the engine would send, without control characters. Without a text there is nothing behind the code.
 */
export class WordedReply extends Reply {
  private readonly said: readonly string[];

  constructor(code: number, enhanced: string | undefined, ...text: readonly string[]) {
    super(code, enhanced, ...text);
    this.said = text.map((line) => this.withoutCode(line));
  }

  override toWire(withEnhancedCodes = true): string {
    return `${this.render(withEnhancedCodes ? this.enhanced : undefined)}\r\n`;
  }

  override toString(): string {
    return this.render(this.enhanced);
  }

  /** An enhanced code at the beginning of a text is the reply's (see Reply). */
  private withoutCode(line: string): string {
    const { enhanced } = this;
    const isLeading = enhanced !== undefined && (line === enhanced || line.startsWith(`${enhanced} `));
    return isLeading ? line.slice(enhanced.length + 1) : line;
  }

  private render(enhanced: string | undefined): string {
    const { code, said } = this;
    if (said.length <= 1) {
      const words = [String(code), enhanced ?? '', said[0] ?? ''].filter((word) => word !== '');
      // RFC 4954 §4: an empty challenge has its blank.
      return words.length === 1 && code === 334 ? '334 ' : words.join(' ');
    }
    const prefix = enhanced === undefined ? '' : `${enhanced} `;
    const last = said.length - 1;
    return said.map((line, index) => `${code}${index === last ? ' ' : '-'}${prefix}${line}`).join('\r\n');
  }
}

// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/g;

/** smtp-server's enhanced codes by reply code (RFC 3463). */
const BY_CODE: Readonly<Record<number, string>> = {
  235: '2.7.0',
  251: '2.1.5',
  252: '2.1.5',
  420: '4.4.2',
  421: '4.4.2',
  450: '4.2.1',
  451: '4.3.0',
  452: '4.2.2',
  454: '4.7.0',
  500: '5.5.2',
  501: '5.5.4',
  502: '5.5.1',
  503: '5.5.1',
  504: '5.5.4',
  521: '5.3.2',
  523: '5.3.4',
  530: '5.7.0',
  535: '5.7.8',
  538: '5.7.0',
  550: '5.1.1',
  551: '5.1.6',
  552: '5.2.2',
  553: '5.1.3',
  554: '5.6.0',
  555: '5.5.4',
  556: '5.1.10',
  557: '5.7.1',
  558: '5.2.3',
};

/** Makes the replies of one server: with enhanced codes or, by default, without. */
export class Wording {
  constructor(private readonly withCodes: boolean) {}

  /** @param enhanced that of the occasion; by default the one of the code */
  reply(code: number, text: unknown, enhanced?: string): WordedReply {
    const lines = (Array.isArray(text) ? text : [text]).map((line) => clean(line));
    return new WordedReply(code, this.withCodes ? (enhanced ?? enhancedCodeOf(code)) : undefined, ...lines);
  }

  /** A reply that carries no enhanced code whatever the options: greeting, HELO, EHLO. */
  bare(code: number, text: unknown): WordedReply {
    return new WordedReply(code, undefined, ...(Array.isArray(text) ? text : [text]).map((line) => clean(line)));
  }

  /** The refusal that a handler gave: its code where it is one, else the handler's own. */
  refusal(error: unknown, code: number): WordedReply {
    const { responseCode, message } = error as { responseCode?: unknown; message?: unknown };
    return this.reply(isRefusalCode(responseCode) ? responseCode : code, message);
  }

  /** The same in place of the greeting, which has no enhanced code. */
  bareRefusal(error: unknown, code: number): WordedReply {
    const { responseCode, message } = error as { responseCode?: unknown; message?: unknown };
    return this.bare(isRefusalCode(responseCode) ? responseCode : code, message);
  }
}

/** Whether a code may refuse something. */
export function isRefusalCode(code: unknown): code is number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599;
}

function enhancedCodeOf(code: number): string | undefined {
  const found = BY_CODE[code];
  if (found !== undefined) return found;
  const kind = Math.floor(code / 100);
  return kind === 2 || kind === 4 || kind === 5 ? `${kind}.0.0` : undefined;
}

function clean(text: unknown): string {
  if (text === undefined || text === null) return '';
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- whatever an application gave is shown as a text
  return String(text).replace(CONTROL_CHARACTER, ' ');
}
