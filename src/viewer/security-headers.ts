import type { NextFunction, Request, Response } from 'express';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * What the HTML of a mail may do when it is shown: inline style and inline images, nothing else. `sandbox` gives it an
 * origin of its own and takes scripts, forms, pop-ups and automatic redirects away, even when it is opened without the
 * page's iframe around it.
 */
export const MAIL_POLICY = [
  'sandbox',
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Sets the headers that stand on every response; a route may set a stricter one over them. */
export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.removeHeader('X-Powered-By');
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  // The policy above does not cover the look-up of names a page merely mentions.
  response.setHeader('X-DNS-Prefetch-Control', 'off');
  next();
}
