import type { Readable } from 'node:stream';
import type { BlobFile, BlobFolder } from './blob-folder.js';
import { HEADER_SECTION_BYTES, readHeaderFields } from './header-fields.js';
import type { HeaderFields } from './header-fields.js';

/** Mails up to this size, trace header included, are kept in the database; larger ones in files. */
const INLINE_BYTES = 256 * 1024;
const FIRST_BUFFER_BYTES = 8 * 1024;

/** A mail that has come in whole: in memory, or in a file that is written but not yet durable. */
export interface Intake {
  /** Octets of the mail, without the trace header. */
  readonly size: number;
  readonly header: HeaderFields;
  readonly content: Uint8Array<ArrayBuffer> | BlobFile;
}

/**
 * Reads a mail to its end. It takes no more memory than one buffer of 256 KiB, and the source waits while the disk
 * writes. `body` is not destroyed when the disk fails: its owner may still have to read the rest off the wire.
 *
 * @throws the error of `body`, or of the disk; no file is left then
 */
export async function takeIn(body: Readable, trace: string, blobs: BlobFolder): Promise<Intake> {
  const buffer = new IntakeBuffer(blobs);
  try {
    await buffer.add(Buffer.from(trace));
    buffer.startOfMail();
    for await (const chunk of body.iterator({ destroyOnReturn: false })) await buffer.add(chunk as Uint8Array);
    return await buffer.end();
  } catch (error) {
    await buffer.discard();
    throw error;
  }
}

/** One buffer that grows up to its limit, and from then on is written to a file each time it is full. */
class IntakeBuffer {
  private bytes = new Uint8Array(FIRST_BUFFER_BYTES);
  private used = 0;
  private total = 0;
  private traceBytes = 0;
  private header: HeaderFields | undefined;
  private file: BlobFile | undefined;

  constructor(private readonly blobs: BlobFolder) {}

  startOfMail(): void {
    this.traceBytes = this.total;
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      if (this.used === INLINE_BYTES) await this.spill();
      const part = rest.subarray(0, INLINE_BYTES - this.used);
      this.reserve(this.used + part.length);
      this.bytes.set(part, this.used);
      this.used += part.length;
      this.total += part.length;
      rest = rest.subarray(part.length);
    }
  }

  async end(): Promise<Intake> {
    const size = this.total - this.traceBytes;
    if (!this.file) return { size, header: this.readHeader(), content: this.bytes.subarray(0, this.used) };
    await this.spill();
    return { size, header: this.readHeader(), content: this.file };
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }

  private async spill(): Promise<void> {
    this.header ??= this.readHeader(); // while its bytes are still here
    this.file ??= await this.blobs.create();
    await this.file.write(this.bytes.subarray(0, this.used));
    this.used = 0;
  }

  private readHeader(): HeaderFields {
    const end = Math.min(this.used, this.traceBytes + HEADER_SECTION_BYTES);
    return this.header ?? readHeaderFields(this.bytes.subarray(this.traceBytes, end));
  }

  private reserve(bytes: number): void {
    if (bytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.min(INLINE_BYTES, Math.max(bytes, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
  }
}
