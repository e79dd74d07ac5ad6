/** One header field, unfolded and decoded (RFC 2047). */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** An attachment by what its headers say; the bytes stay in the source. */
export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
}

/** An image the HTML part refers to by `cid:`. */
export interface InlineImage {
  readonly cid: string;
  /** A `data:` URI. */
  readonly uri: string;
}

/** What could be read out of a mail. */
export interface MailContent {
  readonly headers: readonly HeaderField[];
  /** The text parts; null where there are none. */
  readonly text: string | null;
  /** The HTML parts, as the sender wrote them; null where there are none. */
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
  readonly images: readonly InlineImage[];
  /** Why some of it is missing, for people to read; null when nothing is. */
  readonly problem: string | null;
}

/** How much work one mail may cause. Whatever lies beyond stays visible in the source. */
export interface ReadingBudget {
  /** Octets of the mail that are parsed: text stands in front of attachments in what mail programs write. */
  readonly mailBytes: number;
  /** Octets of one header section; longer ones are not a mail program's work. */
  readonly headerBytes: number;
  /** Header fields that are shown. */
  readonly headerFields: number;
  /** MIME parts. */
  readonly parts: number;
  /** Characters of the text, and of the HTML. */
  readonly textLength: number;
  /** Octets of all inline images together. */
  readonly imageBytes: number;
  /** Wall time. Generous: it is the last resort, and includes the start of a worker on a busy machine. */
  readonly milliseconds: number;
  /** Heap of the worker. */
  readonly heapMegabytes: number;
}

/** The budget of the application. */
export const readingBudget: ReadingBudget = {
  mailBytes: 16 * 1024 * 1024,
  headerBytes: 256 * 1024,
  headerFields: 500,
  parts: 500,
  textLength: 1024 * 1024,
  imageBytes: 4 * 1024 * 1024,
  milliseconds: 5_000,
  heapMegabytes: 256,
};

/** From the reader to its worker. */
export interface ReadingTask {
  readonly bytes: Uint8Array;
  /** Whether `bytes` is the whole mail. */
  readonly complete: boolean;
}

/** From the worker: first the header fields, then all of it. */
export type ReadingReport = { readonly headers: readonly HeaderField[] } | { readonly content: MailContent };
