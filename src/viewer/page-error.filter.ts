import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { STATUS_CODES } from 'node:http';
import { LoginRequired } from './admin.guards.js';
import { Views } from './views.js';

/** Answers every error of a page with a page: the login form, or a sentence; what was not foreseen goes to the log only. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  readonly #logger = new Logger(PageErrorFilter.name);

  constructor(private readonly views: Views) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return void response.destroy();
    if (exception instanceof LoginRequired) return this.#askForLogin(request, response);
    if (!(exception instanceof HttpException)) this.#logger.error(exception);
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    const text = exception instanceof HttpException ? exception.message : 'Something went wrong here.';
    response.status(status).send(this.views.notice(STATUS_CODES[status] ?? 'Error', text));
  }

  #askForLogin(request: Request, response: Response): void {
    // A part of a page would show the form inside it; the whole page is to be asked for again.
    if (request.headers['hx-request'] !== undefined) response.setHeader('HX-Refresh', 'true');
    const next = request.method === 'GET' ? request.originalUrl : '/';
    response.status(401).send(this.views.login({ next, failed: false }));
  }
}
