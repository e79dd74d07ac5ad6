import type { LoggerService } from '@nestjs/common';
import { type Session, SmtpClientGone, SmtpError, SmtpMessageAbandoned } from 'smtp-engine';

/** Writes what the engine reports: what happened, to whom, and the cause. Never a secret, never mail data. */
export function logFailure(
  logger: LoggerService,
  error: unknown,
  session: Session | undefined,
  dataHandler = 'the data handler',
): void {
  const who = session === undefined ? '' : ` [session ${session.id}, ${session.remoteAddress}]`;
  const cause = error instanceof SmtpError ? error.cause : error;
  const isClientGone = cause instanceof SmtpClientGone || error instanceof SmtpClientGone;
  if (isClientGone) {
    logger.debug?.(`the client left in the middle of a message${who}`);
  } else if (error instanceof SmtpMessageAbandoned) {
    logger.error(`${dataHandler}: ${error.message}; the client got 451${who}`);
  } else if (error instanceof SmtpError && error.reply.isPermanent) {
    logger.warn(`${error.reply.toString()}: ${describe(cause)}${who}`);
  } else if (error instanceof SmtpError) {
    logger.error(`${error.reply.toString()}: ${describe(cause)}${who}`, stackOf(cause));
  } else {
    logger.error(`${describe(error)}${who}`, stackOf(error));
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
