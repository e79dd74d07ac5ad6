import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Request, Response } from 'express';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const SHUTDOWN_GRACE_MS = 2_000;

/** Sends stored mail as it is, and lets go of the store's stream whatever becomes of the client. */
@Injectable()
export class RawDownloads implements OnModuleDestroy {
  readonly #running = new Set<Response>();

  async send(body: Readable, id: string, request: Request, response: Response): Promise<void> {
    response.setHeader('Content-Type', 'message/rfc822');
    // Named by us: nothing of the mail gets into a header.
    response.setHeader('Content-Disposition', `attachment; filename="${id.replace(/[^\w-]/g, '_')}.eml"`);
    if (request.method === 'HEAD') {
      body.destroy();
      response.end();
      return;
    }
    this.#running.add(response);
    try {
      // A body that fails at once is still answered with an error; after the first byte only a cut can tell.
      await once(body, 'readable');
      await pipeline(body, response);
    } catch (error) {
      body.destroy();
      if (!leftEarly(error)) throw error;
    } finally {
      this.#running.delete(response);
    }
  }

  /** A slow download must not hold up the end of the process; a short one may finish. */
  onModuleDestroy(): void {
    if (this.#running.size === 0) return;
    setTimeout(() => this.#running.forEach((response) => response.destroy()), SHUTDOWN_GRACE_MS).unref();
  }
}

/** A client that went away is no error of ours. */
function leftEarly(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_UNABLE_TO_PIPE';
}
