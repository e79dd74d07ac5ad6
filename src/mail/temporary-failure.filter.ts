import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { SmtpException } from 'nestjs-smtp';
import { type Observable, throwError } from 'rxjs';
import { TooBusyError } from '../accounts/account-directory.js';
import { StorageFullError } from '../store/message-store.js';

/** What we cannot do now, the client may try again later: our own trouble is 4yz, never 5yz. */
@Catch(StorageFullError, TooBusyError)
export class TemporaryFailureFilter implements RpcExceptionFilter<StorageFullError | TooBusyError> {
  catch(cause: StorageFullError | TooBusyError): Observable<never> {
    return throwError(() =>
      cause instanceof StorageFullError
        ? new SmtpException(452, 'Insufficient system storage', { enhanced: '4.3.1', cause })
        : new SmtpException(454, 'Too many logins at this moment', { enhanced: '4.7.0', cause }),
    );
  }
}
