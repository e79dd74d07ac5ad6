import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { SmtpContext } from '../smtp.context.js';
import { stages } from '../smtp.stages.js';
import { toSmtpError } from './to-smtp-error.js';

/**
 * Makes a reply of everything a handler, guard, pipe or interceptor throws; the cause stays with it, for the log.
 * The module binds it itself: as the global filter of lowest priority, for SMTP only. Filters of the application win.
 *
 * - SmtpException and SmtpError: their own reply;
 * - a guard that returned false: the stage's refusal (AUTH 535, MAIL 550, RCPT 550, DATA 554);
 * - HttpException of a guard or pipe made for HTTP: by status and stage, such as 401 → 530 5.7.0 at MAIL;
 * - anything else: 451 4.3.0 (454 4.7.0 at AUTH) with an id that stands in the log too, so that a bug delays mail and
 *   bounces none.
 *
 * @example overrideProvider(SmtpExceptionFilter).useValue(myFilter)
 */
@Catch()
export class SmtpExceptionFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): Observable<never> {
    const { stage } = SmtpContext.of(host);
    return throwError(() => toSmtpError(exception, stages[stage]));
  }
}
