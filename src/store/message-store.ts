import type { Readable } from 'node:stream';

/** What the SMTP dialogue tells about a message; kept beside it. */
export interface MessageOrigin {
  /** The login name. */
  readonly user: string;
  /** SASL mechanism name in capitals. */
  readonly authMethod: string;
  /** Whether the mail came over TLS. */
  readonly secure: boolean;
  /** TLS version and cipher as text, e.g. `TLSv1.3 TLS_AES_256_GCM_SHA384`; null on a clear connection. */
  readonly tls: string | null;
  readonly remoteAddress: string;
  /** What the client called itself in EHLO or HELO. */
  readonly clientName: string;
  /** `''` for the null reverse-path. */
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
}

/** A message as lists show it. */
export interface MessageSummary extends MessageOrigin {
  /** Unique, and in the order of arrival. */
  readonly id: string;
  readonly receivedAt: Date;
  /** Decoded (RFC 2047); `''` where the mail has none. */
  readonly subject: string;
  /** The From header field, decoded. */
  readonly from: string;
  /** Octets of the mail as received, dot-unstuffed, without the trace header in front. */
  readonly size: number;
}

export interface MessageQuery {
  /** 1–200. */
  readonly limit: number;
  /** Only messages older than this id. */
  readonly before?: string | undefined;
  /** Found in subject, addresses and user, whatever the case of letters. */
  readonly text?: string | undefined;
}

/** No room to keep a message: the client may try again later (452 4.3.1). */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
}

/**
 * Keeps messages. What `accept()` has resolved for survives a power cut.
 * An abstract class, so that it is its own injection token.
 */
export abstract class MessageStore {
  /**
   * Reads `body` to its end and keeps `trace` and it, in this order.
   *
   * @param trace header fields with their CRLFs that go in front of the mail; `''` for none
   * @returns the summary, once it is durable
   * @throws StorageFullError when there is no room; the error of `body` when that fails: nothing is kept then
   */
  abstract accept(body: Readable, origin: MessageOrigin, trace: string): Promise<MessageSummary>;

  /** Newest first. */
  abstract list(query: MessageQuery): Promise<MessageSummary[]>;

  abstract find(id: string): Promise<MessageSummary | undefined>;

  /** Trace header and mail, byte by byte; undefined for an unknown id. */
  abstract open(id: string): Promise<Readable | undefined>;

  /** Resolves when the store can commit now, rejects with the reason when it cannot. */
  abstract check(): Promise<void>;

  /** Calls `listener` for each message kept from now on, in this process; returns how to stop. */
  abstract onAccepted(listener: (message: MessageSummary) => void): () => void;
}
