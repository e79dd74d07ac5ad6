import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  MessageStore,
  type MessageOrigin,
  type MessageQuery,
  type MessageSummary,
} from '../../src/store/message-store.js';

const ORIGIN: MessageOrigin = {
  user: 'alice',
  authMethod: 'PLAIN',
  secure: true,
  tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
  remoteAddress: '127.0.0.1',
  clientName: 'client.example',
  mailFrom: 'alice@example.org',
  rcptTo: ['bob@example.com'],
};

/** A store for tests of the page: keeps everything in memory and can be told to fail. */
export class MemoryStore extends MessageStore {
  readonly #kept: { summary: MessageSummary; raw: Buffer }[] = [];
  readonly #listeners = new Set<(message: MessageSummary) => void>();
  /** Streams given out by `open()`, to see that they are let go. */
  readonly opened: Readable[] = [];
  /** What `check()` rejects with. */
  trouble: Error | undefined;
  /** What `find()` and `open()` reject with. */
  broken: Error | undefined;

  /** Keeps a mail as text or bytes; the summary's subject and from are what the test says. */
  add(mail: string | Buffer, summary: Partial<MessageSummary> = {}): MessageSummary {
    const raw = Buffer.from(mail);
    const id = `m${String(this.#kept.length + 1).padStart(6, '0')}`;
    const kept = { ...ORIGIN, id, receivedAt: new Date(), subject: '', from: '', size: raw.length, ...summary };
    this.#kept.push({ summary: kept, raw });
    this.#listeners.forEach((listener) => listener(kept));
    return kept;
  }

  override async accept(body: Readable, origin: MessageOrigin, trace: string): Promise<MessageSummary> {
    return this.add(Buffer.concat([Buffer.from(trace), await buffer(body)]), origin);
  }

  override list({ limit, before, text }: MessageQuery): Promise<MessageSummary[]> {
    const matches = ({ subject, from, user, mailFrom, rcptTo }: MessageSummary): boolean =>
      text === undefined ||
      [subject, from, user, mailFrom, ...rcptTo].some((field) => field.toLowerCase().includes(text.toLowerCase()));
    const found = this.#kept
      .map(({ summary }) => summary)
      .filter((summary) => (before === undefined || summary.id < before) && matches(summary));
    return Promise.resolve(found.reverse().slice(0, limit));
  }

  override find(id: string): Promise<MessageSummary | undefined> {
    if (this.broken) return Promise.reject(this.broken);
    return Promise.resolve(this.#kept.find(({ summary }) => summary.id === id)?.summary);
  }

  override open(id: string): Promise<Readable | undefined> {
    if (this.broken) return Promise.reject(this.broken);
    const raw = this.#kept.find(({ summary }) => summary.id === id)?.raw;
    if (raw === undefined) return Promise.resolve(undefined);
    const stream = Readable.from(slices(raw), { objectMode: false });
    this.opened.push(stream);
    return Promise.resolve(stream);
  }

  override check(): Promise<void> {
    return this.trouble ? Promise.reject(this.trouble) : Promise.resolve();
  }

  override onAccepted(listener: (message: MessageSummary) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many listen for new messages. */
  get listeners(): number {
    return this.#listeners.size;
  }
}

function* slices(raw: Buffer): Generator<Buffer> {
  for (let at = 0; at < raw.length; at += 64 * 1024) yield raw.subarray(at, at + 64 * 1024);
}
