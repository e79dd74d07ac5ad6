import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AdminToken } from './admin-token.js';

const MAC_BYTES = 12;

/**
 * Turns the id after which a list goes on into an opaque text and back. The text carries a short MAC, so that a
 * cursor somebody edited is told from a real one instead of silently pointing somewhere else.
 */
@Injectable()
export class Cursors {
  constructor(private readonly token: AdminToken) {}

  encode(id: string): string {
    return Buffer.concat([this.#mac(id), Buffer.from(id)]).toString('base64url');
  }

  /** @returns the id, or undefined for a text that `encode` did not make */
  decode(cursor: string): string | undefined {
    const bytes = Buffer.from(cursor, 'base64url');
    // Buffer.from skips what is not base64url; only the one spelling of the bytes is a cursor.
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== cursor) return undefined;
    const id = bytes.subarray(MAC_BYTES).toString();
    return timingSafeEqual(this.#mac(id), bytes.subarray(0, MAC_BYTES)) ? id : undefined;
  }

  #mac(id: string): Buffer {
    return createHmac('sha256', this.token.value).update(`list cursor ${id}`).digest().subarray(0, MAC_BYTES);
  }
}
