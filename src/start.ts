import 'reflect-metadata';
import cluster from 'node:cluster';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SmtpTransport } from 'nestjs-smtp';
import type { ListenerAddress } from 'smtp-engine';
import { AppLogger } from './app-logger.js';
import { AppModule } from './app.module.js';
import { AppConfig } from './config/app-config.js';
import { readConfig } from './config/read-config.js';
import { describe, isExpected } from './start-errors.js';
import { startNotice } from './start-notice.js';
import { stopOnSignal } from './stop-on-signal.js';
import { FatalSignal } from './store/fatal-signal.js';
import { OwnerModule } from './workers/owner.module.js';
import { startWorker } from './workers/start-worker.js';
import { WorkerProcesses } from './workers/worker-processes.js';

/**
 * Starts the application and prints what listens where; on SIGTERM or SIGINT it drains, closes and exits with 0. With
 * WORKERS above 1 this process owns the database and the page, and starts itself again as its workers.
 */
export async function start(): Promise<void> {
  if (cluster.worker !== undefined) return startWorker(cluster.worker);
  try {
    const hasWorkers = readConfig(process.env).workers > 1;
    const logger = new AppLogger(hasWorkers ? { prefix: 'owner' } : {});
    const options = { logger, abortOnError: false, forceCloseConnections: true };
    const app = await NestFactory.create(hasWorkers ? OwnerModule : AppModule, options);
    stopOnSignal(app, logger);
    stopOnFatal(app, logger);
    const { httpPort, bindAddress } = app.get(AppConfig);
    await app.listen(httpPort, bindAddress);
    process.stdout.write(await startNotice(app, await openListeners(app, hasWorkers)));
  } catch (error) {
    process.stderr.write(`${isExpected(error) ? error.message : describe(error)}\n`);
    process.exit(1);
  }
}

async function openListeners(app: INestApplication, hasWorkers: boolean): Promise<readonly ListenerAddress[]> {
  return hasWorkers ? app.get(WorkerProcesses).start() : app.get(SmtpTransport).addresses();
}

/** What the store holds to be on disk may not be: nothing but an end is safe, and nothing is acknowledged any more. */
function stopOnFatal(app: INestApplication, logger: AppLogger): void {
  void app.get(FatalSignal).raised.then((error) => {
    logger.fatal(describe(error), undefined, 'Store');
    process.exit(1);
  });
}
