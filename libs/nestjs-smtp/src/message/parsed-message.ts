import type { HeaderSection } from './header-section.js';

/** A mailbox in a field such as To (RFC 5322 §3.4), or a group of them. */
export interface ParsedMailbox {
  /** The display name, decoded; `''` where there is none. */
  readonly name: string;
  /** The address as it stands there, checked by nobody; undefined for a group. */
  readonly address?: string;
  /** The members of a group. */
  readonly group?: readonly ParsedMailbox[];
}

/** A part that is no text of the message. */
export interface ParsedAttachment {
  /** The sender's word: never a path of yours. Undefined where none is given. */
  readonly filename: string | undefined;
  /** The media type, such as `image/png`; the sender's word as well. */
  readonly contentType: string;
  /** Whether it is meant to be shown in the text (RFC 2183 §2.1). */
  readonly isInline: boolean;
  /** Content-ID (RFC 2392) without its brackets: what `cid:` in the HTML names. */
  readonly contentId: string | undefined;
  /** Its octets, decoded. */
  readonly content: Buffer;
}

/** The mailbox fields of a message. */
export const MAILBOX_FIELDS = ['from', 'to', 'cc', 'reply-to'] as const;

export type MailboxField = (typeof MAILBOX_FIELDS)[number];

/** What the parser has found. */
export interface MessageContents {
  readonly mailboxes: Readonly<Record<MailboxField, readonly ParsedMailbox[]>>;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly ParsedAttachment[];
}

/**
 * A message with its parts taken apart (RFC 5322, 2045 to 2047). All in it is the sender's word: `html` may have scripts in
 * it, `from` need not be who sent it.
 *
 * @example const { subject, text, attachments } = await mail.parsed();
 */
export class ParsedMessage {
  /** Subject, decoded; undefined where there is none. */
  readonly subject: string | undefined;
  /** Message-ID with its brackets; undefined where there is none. */
  readonly messageId: string | undefined;
  /** Date; undefined where there is none, or no date in it. */
  readonly date: Date | undefined;
  readonly from: readonly ParsedMailbox[];
  readonly to: readonly ParsedMailbox[];
  readonly cc: readonly ParsedMailbox[];
  readonly replyTo: readonly ParsedMailbox[];
  /** The plain text, lines end in `\n`; undefined where there is none: it is not made from the HTML. */
  readonly text: string | undefined;
  /** The HTML as sent, `cid:` links left alone; undefined where there is none: it is not made from the text. */
  readonly html: string | undefined;
  readonly attachments: readonly ParsedAttachment[];

  constructor(
    private readonly fields: HeaderSection,
    { mailboxes, text, html, attachments }: MessageContents,
  ) {
    this.subject = this.header('subject');
    this.messageId = this.header('message-id');
    this.date = dateOf(this.header('date'));
    this.from = mailboxes.from;
    this.to = mailboxes.to;
    this.cc = mailboxes.cc;
    this.replyTo = mailboxes['reply-to'];
    this.text = text;
    this.html = html;
    this.attachments = attachments;
  }

  /** The first value of a field of the header, as `@SmtpHeader()` gives it; undefined where the message has none. */
  header(name: string): string | undefined {
    return this.fields.get(name);
  }
}

function dateOf(text: string | undefined): Date | undefined {
  // A comment behind (RFC 5322 §3.3), such as the name of the zone, is no part of it; a longer text is no date.
  if (text === undefined || text.length > 100) return undefined;
  const date = new Date(text.replace(/\([^()]*\)$/, '').trim());
  return Number.isNaN(date.getTime()) ? undefined : date;
}
