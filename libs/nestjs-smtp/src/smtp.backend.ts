import { type LoggerService } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { type Backend, type Credentials, mechanisms, Reply, type SmtpError, type Transaction } from 'smtp-engine';
import { toSmtpError } from './exceptions/to-smtp-error.js';
import { SmtpContext } from './smtp.context.js';
import type { Handler, HandlerTable } from './smtp.handlers.js';
import { type HandledStage, stages } from './smtp.stages.js';

/** The stages whose hook gets its object and the transaction, with the verb they belong to. */
const TRANSACTION_STAGES = [
  ['mail', 'MAIL'],
  ['rcpt', 'RCPT'],
  ['data', 'DATA'],
] as const;

/** Gives the backend one method for each stage that has a handler, and no other: what nobody handles costs nothing. */
export function bindHandlers(backend: Backend, handlers: HandlerTable, logger: LoggerService): void {
  const auth = handlers.of('auth');
  if (auth !== undefined) {
    backend.auth = (credentials, session) => {
      const handler = handlerFor(credentials, auth);
      if (handler === undefined) return null;
      const command = { verb: credentials.method === 'XCLIENT' ? 'XCLIENT' : 'AUTH', args: '' };
      const context = new SmtpContext('auth', command, session, undefined, credentials);
      return login(handler, credentials, context, logger);
    };
  }
  for (const [stage, verb] of TRANSACTION_STAGES) {
    const handler = handlers.of(stage)?.get('*');
    if (handler === undefined) continue;
    const command = { verb, args: '' };
    const warn = warnOnce(handler, stage, logger);
    backend[stage] = async (subject: object, transaction: Transaction) => {
      const context = new SmtpContext(stage, command, transaction.session, transaction, subject);
      // Nest's own payload is never the message: a pipe or a logger that takes it for plain data would break it.
      const result = await call(handler, stage, stage === 'data' ? transaction.envelope : subject, context);
      warn(result);
      return result;
    };
  }
}

/** A bare `@SmtpAuth()` gets every mechanism that no other handler names; XCLIENT is none. */
function handlerFor({ method }: Credentials, handlers: ReadonlyMap<string, Handler>): Handler | undefined {
  return handlers.get(method) ?? (method === 'XCLIENT' ? undefined : handlers.get('*'));
}

async function login(
  handler: Handler,
  credentials: Credentials,
  context: SmtpContext,
  logger: LoggerService,
): Promise<unknown> {
  try {
    return await call(handler, 'auth', credentials, context);
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

/** Runs a handler through Nest; whatever comes out of it is a value, or an SmtpError. */
async function call(handler: Handler, stage: HandledStage, payload: unknown, context: SmtpContext): Promise<unknown> {
  try {
    const result: unknown = await handler.run(payload, context);
    return isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
  } catch (error) {
    throw toSmtpError(error, stages[stage]);
  }
}

/** A value that says neither yes nor no nor a text is most likely a mistake; in development it is worth a line. */
function warnOnce(handler: Handler, stage: HandledStage, logger: LoggerService): (result: unknown) => void {
  let silent = process.env['NODE_ENV'] === 'production';
  return (result) => {
    if (silent || result === undefined || result === null || result instanceof Reply) return;
    if (typeof result === 'boolean' || typeof result === 'string') return;
    silent = true;
    const { decorator } = stages[stage];
    logger.warn(
      `${handler.info.name} returned ${typeof result}, which accepts like true; at @${decorator}() return a text, a boolean or nothing`,
    );
  };
}
