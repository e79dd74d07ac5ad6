import type { Readable } from 'node:stream';

/** The beginning of a stored mail. */
export interface MailHead {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the mail ends here. */
  readonly complete: boolean;
}

/** Reads at most `limit` octets of a mail and lets go of it. */
export async function readHead(body: Readable, limit: number): Promise<MailHead> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop destroys the stream.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  // Memory of its own, outside Buffer's pool: it can be handed over to another thread.
  const bytes = new Uint8Array(Math.min(length, limit));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, bytes.length - at), at);
    at += Math.min(chunk.length, bytes.length - at);
  }
  return { bytes, complete: length <= limit };
}
