import 'reflect-metadata';
import type { Worker } from 'node:cluster';
import { NestFactory } from '@nestjs/core';
import { SmtpTransport } from 'nestjs-smtp';
import { AppLogger } from '../app-logger.js';
import { describe, isExpected } from '../start-errors.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { OwnerLink } from './owner-link.js';
import { WorkerModule } from './worker.module.js';

/** Takes SMTP connections for the owner, until that says to finish, or has gone. */
export async function startWorker(worker: Worker): Promise<void> {
  const logger = new AppLogger({ prefix: `worker ${worker.id}` });
  worker.once('disconnect', () => {
    // Whoever waits for a 250 must not get one, and nobody is left who could start this process anew.
    logger.fatal('the process that owns the database has gone: ending', 'Shutdown');
    process.exit(1);
  });
  const owner = new OwnerLink();
  try {
    const app = await NestFactory.createApplicationContext(WorkerModule.at(owner), { logger, abortOnError: false });
    const stop = stopOnSignal(app, logger);
    void owner.drains.then(() => stop('The owner stops'));
    await owner.tell({ ready: app.get(SmtpTransport).addresses() });
  } catch (error) {
    await owner.tell({ failed: isExpected(error) ? error.message : describe(error) });
    process.exit(1);
  }
}
