import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { parseCookie } from 'cookie';
import type { Request } from 'express';
import { AdminToken } from './admin-token.js';

/** The cookie in which the page keeps the token. */
export const ADMIN_COOKIE = 'smtp_admin';

/** Decides whether a request comes from somebody who knows the admin token. */
@Injectable()
export class AdminAccess {
  readonly #expected: Buffer;

  constructor(token: AdminToken) {
    // An empty secret would open every door to `Authorization: Bearer `.
    if (token.value === '') throw new TypeError('the admin token must not be empty');
    this.#expected = digest(token.value);
  }

  /** Compares in constant time, whatever the lengths. */
  matches(candidate: string): boolean {
    return timingSafeEqual(digest(candidate), this.#expected);
  }

  /** A bearer token counts when there is one, else the page's cookie. */
  allows(request: Request): boolean {
    const { authorization, cookie } = request.headers;
    const candidate = authorization === undefined ? cookieValue(cookie) : bearerToken(authorization);
    return candidate !== undefined && this.matches(candidate);
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}

function cookieValue(header: string | undefined): string | undefined {
  return header === undefined ? undefined : parseCookie(header)[ADMIN_COOKIE];
}
