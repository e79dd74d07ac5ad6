import 'reflect-metadata';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppLogger } from './app-logger.js';
import { AppModule } from './app.module.js';
import { AppConfig } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import { startNotice } from './start-notice.js';
import { FatalSignal } from './store/fatal-signal.js';
import { DataDirInUseError } from './store/process-lock.js';

/** Starts the application and prints what listens where; on SIGTERM or SIGINT it drains, closes and exits with 0. */
export async function start(): Promise<void> {
  const logger = new AppLogger();
  try {
    const app = await NestFactory.create(AppModule, { logger, abortOnError: false, forceCloseConnections: true });
    stopOnSignal(app, logger);
    stopOnFatal(app, logger);
    const config = app.get(AppConfig);
    await app.listen(config.httpPort, config.bindAddress);
    process.stdout.write(await startNotice(app));
  } catch (error) {
    const isExpected = error instanceof ConfigError || error instanceof DataDirInUseError || isPortInUse(error);
    process.stderr.write(`${isExpected ? error.message : describe(error)}\n`);
    process.exit(1);
  }
}

function stopOnSignal(app: INestApplication, logger: AppLogger): void {
  const stop = (signal: string): void => {
    logger.log(`${signal}: finishing what has begun`, 'Shutdown');
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
}

/** What the store holds to be on disk may not be: nothing but an end is safe, and nothing is acknowledged any more. */
function stopOnFatal(app: INestApplication, logger: AppLogger): void {
  void app.get(FatalSignal).raised.then((error) => {
    logger.fatal(describe(error), undefined, 'Store');
    process.exit(1);
  });
}

function isPortInUse(error: unknown): error is Error {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
