import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { describe } from './start-errors.js';

/**
 * On SIGTERM or SIGINT lets the application finish what has begun, and ends the process: with 0, or with 1 where it
 * could not close.
 *
 * @returns how to do the same without a signal
 */
export function stopOnSignal(app: INestApplicationContext, logger: LoggerService): (reason: string) => void {
  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    logger.log(`${reason}: finishing what has begun`, 'Shutdown');
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(describe(error), undefined, 'Shutdown');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  return stop;
}
