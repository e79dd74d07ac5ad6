// Runs in a worker thread. A parser of untrusted input may throw where nobody can catch, or think for minutes; here
// either costs a thread, not the SMTP server in the main one. Loaded by file name, so it imports packages and types only.
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import libmime from 'libmime';
import { type AttachmentStream, MailParser, type MailParserOptions, type MessageText } from 'mailparser';
import type {
  Attachment,
  HeaderField,
  InlineImage,
  MailContent,
  ReadingBudget,
  ReadingReport,
  ReadingTask,
} from './mail-content.js';

const budget = workerData as ReadingBudget;
const WRITE_BYTES = 64 * 1024;
const MAX_FIELD_LENGTH = 16 * 1024;

parentPort?.on('message', (task: ReadingTask) => {
  const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.byteLength);
  const headers = readHeaders(bytes);
  report({ headers });
  void readBody(bytes).then((body) =>
    report({ content: { headers, ...body, problem: body.problem ?? (task.complete ? null : tooLong()) } }),
  );
});

function report(message: ReadingReport): void {
  parentPort?.postMessage(message);
}

function tooLong(): string {
  return `Only the first ${Math.round(budget.mailBytes / 1024 / 1024)} MiB of this message were read.`;
}

/** The header section by its lines, so that it is there even when the parser refuses the mail. */
function readHeaders(mail: Buffer): HeaderField[] {
  const head = mail.toString('utf8', 0, Math.min(mail.length, budget.headerBytes));
  const fields: string[] = [];
  for (const line of head.split('\n', budget.headerFields * 20)) {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text === '') break;
    const continues = (text.startsWith(' ') || text.startsWith('\t')) && fields.length > 0;
    if (continues) fields[fields.length - 1] += text;
    else if (fields.push(text) > budget.headerFields) break;
  }
  return fields.slice(0, budget.headerFields).map(readField);
}

function readField(line: string): HeaderField {
  const colon = line.indexOf(':');
  if (colon < 0) return { name: '', value: line.slice(0, MAX_FIELD_LENGTH) };
  const raw = line.slice(colon + 1, colon + 1 + MAX_FIELD_LENGTH).trim();
  return { name: line.slice(0, colon).trim(), value: raw.includes('=?') ? libmime.decodeWords(raw) : raw };
}

/** Runs the parser over the mail, and keeps what it had found when it gives up. */
async function readBody(mail: Buffer): Promise<Omit<MailContent, 'headers'>> {
  const options: MailParserOptions & { maxHeadSize: number; maxChildNodes: number } = {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
    maxHeadSize: budget.headerBytes,
    maxChildNodes: budget.parts,
  };
  const parser = new MailParser(options);
  const found = new Findings();
  parser.on('data', (part: AttachmentStream | MessageText) => found.add(part));
  const failed = await new Promise<boolean>((resolve) => {
    parser.on('end', () => resolve(false));
    parser.on('error', () => resolve(true));
    Readable.from(slices(mail)).pipe(parser);
  });
  return found.result(failed);
}

function* slices(mail: Buffer): Generator<Buffer> {
  for (let at = 0; at < mail.length; at += WRITE_BYTES) yield mail.subarray(at, at + WRITE_BYTES);
}

/** Collects the parts of one mail, within the budget. */
class Findings {
  #text: string | null = null;
  #html: string | null = null;
  #problem: string | null = null;
  #imageBytes = 0;
  readonly #attachments: Attachment[] = [];
  readonly #images: InlineImage[] = [];

  add(part: AttachmentStream | MessageText): void {
    if (part.type === 'text') {
      if (typeof part.text === 'string' && part.text !== '') this.#text = this.#shorten(part.text);
      if (typeof part.html === 'string' && part.html !== '') this.#html = this.#shorten(part.html);
    } else {
      this.#addAttachment(part);
    }
  }

  result(failed: boolean): Omit<MailContent, 'headers'> {
    return {
      text: this.#text,
      html: this.#html,
      attachments: this.#attachments,
      images: this.#images,
      problem: failed ? 'This message is too unusual to be shown in parts. Its source is complete.' : this.#problem,
    };
  }

  #addAttachment(part: AttachmentStream): void {
    const isImage = part.cid !== undefined && /^image\/[a-z0-9.+-]{1,40}$/i.test(part.contentType);
    const kept: Buffer[] = [];
    let size = 0;
    part.content.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (isImage && this.#imageBytes + size <= budget.imageBytes) kept.push(chunk);
    });
    part.content.on('end', () => {
      this.#attachments.push({ filename: part.filename ?? '', contentType: part.contentType, size });
      if (isImage && this.#imageBytes + size <= budget.imageBytes) {
        this.#imageBytes += size;
        const uri = `data:${part.contentType.toLowerCase()};base64,${Buffer.concat(kept).toString('base64')}`;
        this.#images.push({ cid: part.cid ?? '', uri });
      }
      part.release();
    });
  }

  #shorten(text: string): string {
    if (text.length <= budget.textLength) return text;
    this.#problem = 'The text of this message is too long to be shown in full.';
    return text.slice(0, budget.textLength);
  }
}
