import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MessageStream } from 'smtp-engine';
import { SmtpMessageTooLarge } from '../exceptions/named.exceptions.js';
import { boundedParser, type MailParserClass, type MailParserStream, refusalOf } from './bounded-parser.js';
import { headerSectionOf } from './header-section.js';
import { ParseClock } from './parse-clock.js';
import type { ParseLimits } from './parse-limits.js';
import {
  MAILBOX_FIELDS,
  type MailboxField,
  type MessageContents,
  type ParsedAttachment,
  type ParsedMailbox,
  ParsedMessage,
} from './parsed-message.js';

/** What mailparser gives, one after the other. */
type Found = FoundText | FoundAttachment;

interface FoundText {
  readonly type: 'text';
  readonly text?: string;
  readonly html?: string;
}

interface FoundAttachment {
  readonly type: 'attachment';
  readonly filename?: string;
  readonly contentType: string | false;
  readonly contentDisposition?: string;
  readonly cid?: string;
  readonly content: Readable;
  release(): void;
}

/** A field with mailboxes, as mailparser reads it. */
interface FoundMailboxes {
  readonly value: readonly ParsedMailbox[];
}

type FoundFields = ReadonlyMap<string, FoundMailboxes | readonly FoundMailboxes[]>;

/** Reads a message to its end and takes it apart. */
export async function parseMessage(message: MessageStream, limits: ParseLimits): Promise<ParsedMessage> {
  // Several parameters of one handler begin together: the header section is read first, and put back.
  const header = await headerSectionOf(message);
  // Loaded on use: applications that parse nothing need not install it.
  const { MailParser } = await import('mailparser');
  const parser = boundedParser(MailParser as unknown as MailParserClass, limits);
  const clock = new ParseClock(limits.maxParseMs);
  try {
    return new ParsedMessage(header, await contentsOf(message, parser, clock, limits));
  } catch (error) {
    throw clock.signal.aborted ? clock.signal.reason : refusalOf(error);
  } finally {
    clock.close();
  }
}

async function contentsOf(
  message: MessageStream,
  parser: MailParserStream,
  clock: ParseClock,
  { maxBytes }: ParseLimits,
): Promise<MessageContents> {
  let fields: FoundFields = new Map();
  parser.once('headers', (found: FoundFields) => (fields = found));
  const attachments: ParsedAttachment[] = [];
  let texts: FoundText = { type: 'text' };
  await pipeline(
    message,
    (octets) => metered(octets as AsyncIterable<Buffer>, clock, maxBytes),
    parser,
    async (items: AsyncIterable<Found>, { signal }: { readonly signal?: AbortSignal } = {}) => {
      for await (const item of items) {
        if (item.type === 'text') texts = item;
        else attachments.push(await attachmentOf(item, signal));
      }
    },
    { signal: clock.signal },
  );
  return { mailboxes: mailboxesIn(fields), text: texts.text, html: texts.html, attachments };
}

/** Counts the octets, and the time until the parser wants more, or is done. */
async function* metered(octets: AsyncIterable<Buffer>, clock: ParseClock, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of octets) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new SmtpMessageTooLarge();
    clock.start();
    yield piece;
    clock.stop();
  }
  clock.start();
}

async function attachmentOf(found: FoundAttachment, signal: AbortSignal | undefined): Promise<ParsedAttachment> {
  // Where the parser fails in the middle of an attachment, that would never end.
  if (signal !== undefined) addAbortSignal(signal, found.content);
  const pieces: Buffer[] = [];
  for await (const piece of found.content) pieces.push(piece as Buffer);
  found.release();
  return {
    filename: found.filename || undefined,
    contentType: found.contentType || 'application/octet-stream',
    isInline: found.contentDisposition === 'inline',
    contentId: found.cid || undefined,
    content: Buffer.concat(pieces),
  };
}

function mailboxesIn(fields: FoundFields): Record<MailboxField, readonly ParsedMailbox[]> {
  const read = (name: MailboxField) => [fields.get(name) ?? []].flat().flatMap(({ value }) => value.map(mailboxOf));
  return Object.fromEntries(MAILBOX_FIELDS.map((name) => [name, read(name)])) as Record<MailboxField, ParsedMailbox[]>;
}

function mailboxOf({ name, address, group }: ParsedMailbox): ParsedMailbox {
  return { name, ...(address ? { address } : {}), ...(group ? { group: group.map(mailboxOf) } : {}) };
}
