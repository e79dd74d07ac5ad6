import type { Request, Response } from 'express';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Sends a stored mail as it is, and lets go of the store's stream whatever becomes of the client. */
export async function sendRaw(body: Readable, id: string, request: Request, response: Response): Promise<void> {
  if (request.method === 'HEAD') {
    body.destroy();
    describe(response, id).end();
    return;
  }
  try {
    // A body that fails at once is still answered with an error; after the first byte only a cut can tell.
    await once(body, 'readable');
    await pipeline(body, describe(response, id));
  } catch (error) {
    body.destroy();
    if (!leftEarly(error)) throw error;
  }
}

/** A client that went away is no error of ours. */
function leftEarly(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_UNABLE_TO_PIPE';
}

function describe(response: Response, id: string): Response {
  response.setHeader('Content-Type', 'message/rfc822');
  // Named by us: nothing of the mail gets into a header.
  response.setHeader('Content-Disposition', `attachment; filename="${id.replace(/[^\w-]/g, '_')}.eml"`);
  return response;
}
