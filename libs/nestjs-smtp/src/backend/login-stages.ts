import type { LoggerService } from '@nestjs/common';
import { type Credentials, mechanisms, ScramAuth, type ScramSecret, type SmtpError } from 'smtp-engine';
import { SmtpContext } from '../smtp.context.js';
import type { Handler } from '../smtp.handlers.js';
import { callHandler } from './call-handler.js';
import type { HandlerBackend } from './handler-backend.js';

/** `@SmtpAuth()`: who logs in. */
export function bindAuth({ backend, handlers, logger }: HandlerBackend): void {
  const byMethod = handlers.of('auth');
  if (byMethod === undefined && handlers.of('secret') === undefined) return;
  backend.auth = (credentials, session) => {
    const handler = handlerFor(credentials, byMethod);
    // A SCRAM proof that fits needs nobody's consent.
    if (handler === undefined) return credentials instanceof ScramAuth && credentials.verified;
    const command = { verb: credentials.method === 'XCLIENT' ? 'XCLIENT' : 'AUTH', args: '' };
    const context = new SmtpContext('auth', command, session, undefined, credentials);
    return login(handler, credentials, context, logger);
  };
}

/** `@SmtpSecret()`: what is stored of a user for SCRAM. */
export function bindSecret({ backend, handlers }: HandlerBackend): void {
  const handler = handlers.of('secret')?.get('*');
  if (handler === undefined) return;
  backend.secret = async (query, session) => {
    const context = new SmtpContext('secret', { verb: 'AUTH', args: '' }, session, undefined, query);
    const secret = await callHandler(handler, query, context);
    return (secret ?? null) as ScramSecret | null;
  };
}

/** A bare `@SmtpAuth()` gets every mechanism that no other handler names; XCLIENT is none. */
function handlerFor({ method }: Credentials, handlers: ReadonlyMap<string, Handler> | undefined): Handler | undefined {
  return handlers?.get(method) ?? (method === 'XCLIENT' ? undefined : handlers?.get('*'));
}

async function login(
  handler: Handler,
  credentials: Credentials,
  context: SmtpContext,
  logger: LoggerService,
): Promise<unknown> {
  try {
    return await callHandler(handler, credentials, context);
  } catch (error) {
    const { challenge } = error as SmtpError;
    if (challenge !== undefined && mechanisms.get(credentials.method)?.failureChallenge === undefined) {
      logger.error(
        `${handler.info.name} threw an SmtpAuthChallenge for ${credentials.method}, which has no error challenge; throw an SmtpException there`,
      );
    }
    throw error;
  }
}
