import type { LoggerService } from '@nestjs/common';
import {
  type CommandInfo,
  type Credentials,
  mechanisms,
  ScramAuth,
  type ScramSecret,
  type SmtpError,
} from 'smtp-engine';
import { SmtpContext } from '../smtp.context.js';
import type { Handler } from '../smtp.handlers.js';
import type { ListenerHandlers } from '../smtp.listener-handlers.js';
import { callHandler } from './call-handler.js';
import type { HandlerBackend } from './handler-backend.js';
import { attempt, then } from './promised.js';

const AUTH: CommandInfo = Object.freeze({ verb: 'AUTH', args: '' });
const XCLIENT: CommandInfo = Object.freeze({ verb: 'XCLIENT', args: '' });

/** `@SmtpAuth()`: who logs in. */
export function bindAuth({ backend, table, at, logger }: HandlerBackend): void {
  if (!table.has('auth') && !table.has('secret')) return;
  backend.auth = (credentials, session) => {
    const handler = handlerFor(credentials, at(session));
    // A SCRAM proof that fits needs nobody's consent.
    if (handler === undefined) return credentials instanceof ScramAuth && credentials.verified;
    const command = credentials.method === 'XCLIENT' ? XCLIENT : AUTH;
    const context = new SmtpContext('auth', command, session, undefined, credentials);
    return login(handler, credentials, context, logger);
  };
}

/** `@SmtpSecret()`: what is stored of a user for SCRAM. */
export function bindSecret({ backend, table, at }: HandlerBackend): void {
  if (!table.has('secret')) return;
  backend.secret = (query, session) => {
    const handler = at(session).find('secret');
    if (handler === undefined) return null;
    const context = new SmtpContext('secret', AUTH, session, undefined, query);
    const found = callHandler(handler, query, context);
    return then(found, (secret) => (secret === false ? null : (secret ?? null)) as ScramSecret | null);
  };
}

/** A bare `@SmtpAuth()` gets every mechanism that no other handler names; XCLIENT is none. */
function handlerFor({ method }: Credentials, handlers: ListenerHandlers): Handler | undefined {
  return handlers.find('auth', method) ?? (method === 'XCLIENT' ? undefined : handlers.find('auth'));
}

function login(handler: Handler, credentials: Credentials, context: SmtpContext, logger: LoggerService): unknown {
  const failed = (error: unknown): never => {
    const { challenge } = error as SmtpError;
    if (challenge !== undefined && mechanisms.get(credentials.method)?.failureChallenge === undefined) {
      logger.error(
        `${handler.info.name} threw an SmtpAuthChallenge for ${credentials.method}, which has no error challenge; throw an SmtpException there`,
      );
    }
    throw error;
  };
  return attempt(() => callHandler(handler, credentials, context), failed);
}
