import type { LoggerService } from '@nestjs/common';
import { type Session, SmtpClientGone, SmtpError, SmtpHandshakeFailed, SmtpMessageAbandoned } from 'smtp-engine';

/** Whose failure it is, as far as that is known. */
export interface FailurePlace {
  /** The handler that failed. */
  readonly origin?: string | undefined;
  /** The handler whose message it was. */
  readonly receiver?: string | undefined;
}

/** Writes what the engine reports: what happened, to whom, and the cause. Never a secret, never mail data. */
export function logFailure(
  logger: LoggerService,
  error: unknown,
  session: Session | undefined,
  { origin, receiver = 'the data handler' }: FailurePlace = {},
): void {
  const where = origin === undefined ? '' : ` (${origin})`;
  const who = session === undefined ? where : `${where} [session ${session.id}, ${session.remoteAddress}]`;
  const cause = error instanceof SmtpError ? error.cause : error;
  const isClientGone = cause instanceof SmtpClientGone || error instanceof SmtpClientGone;
  if (isClientGone) {
    logger.debug?.(`the client left in the middle of a message${who}`);
  } else if (error instanceof SmtpHandshakeFailed) {
    // Whoever scans ports makes thousands of them.
    logger.debug?.(`${error.message}${who}`);
  } else if (cause instanceof SmtpMessageAbandoned) {
    const whose = session === undefined ? '' : ` [session ${session.id}, ${session.remoteAddress}]`;
    logger.error(`${origin ?? receiver}: ${cause.message}; the client got 451${whose}`);
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
