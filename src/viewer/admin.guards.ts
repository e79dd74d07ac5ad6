import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { AdminAccess } from './admin-access.js';

/** Guards the JSON API: 401 without the admin token. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly access: AdminAccess) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.access.allows(context.switchToHttp().getRequest<Request>())) return true;
    throw new UnauthorizedException('the admin token is missing or wrong');
  }
}

/** Somebody without the cookie asked for a page: the answer is the login form. */
export class LoginRequired extends Error {
  override readonly name = 'LoginRequired';
}

/** Guards the pages: the login form, as a 401, without the cookie. */
@Injectable()
export class PageGuard implements CanActivate {
  constructor(private readonly access: AdminAccess) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.access.allows(context.switchToHttp().getRequest<Request>())) return true;
    throw new LoginRequired();
  }
}
