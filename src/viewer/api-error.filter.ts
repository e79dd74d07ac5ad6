import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { STATUS_CODES } from 'node:http';

/** Answers every error of the JSON API as `{ statusCode, error, message }`; what was not foreseen goes to the log only. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  readonly #logger = new Logger(ApiErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (!(exception instanceof HttpException)) this.#logger.error(exception);
    // Half a body cannot be turned into an error; a cut connection is what tells the client.
    if (response.headersSent) return void response.destroy();
    const statusCode = exception instanceof HttpException ? exception.getStatus() : 500;
    if (statusCode === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="admin"');
    response.status(statusCode).json({
      statusCode,
      error: STATUS_CODES[statusCode] ?? 'Error',
      message: exception instanceof HttpException ? exception.message : 'Internal server error',
    });
  }
}
