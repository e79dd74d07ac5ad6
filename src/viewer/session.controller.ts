import { Body, Controller, ForbiddenException, Post, Req, Res, UseFilters } from '@nestjs/common';
import { type SetCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';
import { ADMIN_COOKIE, AdminAccess } from './admin-access.js';
import { PageErrorFilter } from './page-error.filter.js';
import { Views } from './views.js';

const THIRTY_DAYS_S = 30 * 24 * 60 * 60;

/** Logs a browser in and out. */
@Controller()
@UseFilters(PageErrorFilter)
export class SessionController {
  constructor(
    private readonly access: AdminAccess,
    private readonly views: Views,
  ) {}

  @Post('login')
  login(@Body() form: unknown, @Req() request: Request, @Res() response: Response): void {
    refuseOtherSites(request);
    const token = field(form, 'token').trim();
    const next = ownPath(field(form, 'next'));
    if (!this.access.matches(token)) {
      response.status(401).send(this.views.login({ next, failed: true }));
      return;
    }
    setCookie(request, response, token, THIRTY_DAYS_S);
    response.redirect(303, next);
  }

  @Post('logout')
  logout(@Req() request: Request, @Res() response: Response): void {
    refuseOtherSites(request);
    setCookie(request, response, '', 0);
    response.redirect(303, '/');
  }
}

function setCookie(request: Request, response: Response, value: string, maxAge: number): void {
  const cookie: SetCookie = {
    name: ADMIN_COOKIE,
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    // On plain HTTP a browser would not send it back; behind a TLS proxy Express must trust the proxy.
    secure: request.secure,
  };
  response.setHeader('Set-Cookie', stringifySetCookie(cookie));
}

/**
 * SameSite already keeps the cookie from other sites; this keeps them from posting at all. A form of ours may say
 * `Origin: null`, because our pages send no referrer; only where Sec-Fetch-Site is missing as well (plain HTTP beyond
 * localhost) does that have to pass.
 */
function refuseOtherSites(request: Request): void {
  const site = request.headers['sec-fetch-site'];
  const { origin, host } = request.headers;
  const own = site === undefined ? isOwnOrigin(origin, host) : site === 'same-origin' || site === 'none';
  if (!own) throw new ForbiddenException('This form was sent from another site.');
}

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || origin === 'null') return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** A field of the form; what is no plain text counts as absent. */
function field(form: unknown, name: string): string {
  if (typeof form !== 'object' || form === null) return '';
  const value: unknown = Reflect.get(form, name);
  return typeof value === 'string' ? value : '';
}

/** Never leads to another site: `//host` and `/\host` would. */
function ownPath(path: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/';
}
