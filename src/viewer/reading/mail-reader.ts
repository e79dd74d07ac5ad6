import { Inject, Injectable, Logger, type OnModuleDestroy, Optional } from '@nestjs/common';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MessageStore } from '../../store/message-store.js';
import {
  type HeaderField,
  type MailContent,
  readingBudget,
  type ReadingBudget,
  type ReadingReport,
} from './mail-content.js';
import { type MailHead, readHead } from './mail-head.js';

/** Injection token for a budget other than the application's. */
export const READING_BUDGET = Symbol('READING_BUDGET');

// Beside this file, in the form in which this file itself runs: a test must not run a stale build. Only where Node
// cannot load the source (before 22.18) do tests take the build's.
const FROM_BUILD = import.meta.url.endsWith('.ts') && !process.features.typescript;
const WORKER = new URL(
  FROM_BUILD ? '../../../dist/viewer/reading/mail-worker.js' : `mail-worker${extname(import.meta.url)}`,
  import.meta.url,
);

const SHUTTING_DOWN = 'The server is shutting down.';

/**
 * Reads stored mails for people to look at, one at a time, in a worker thread. Always gives an answer: a mail beyond
 * the budget yields what was found until then and a sentence that says so.
 */
@Injectable()
export class MailReader implements OnModuleDestroy {
  #worker: Worker | undefined;
  #job: ReadingJob | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #budget: ReadingBudget;
  readonly #logger = new Logger(MailReader.name);

  constructor(
    private readonly store: MessageStore,
    @Optional() @Inject(READING_BUDGET) budget?: ReadingBudget,
  ) {
    this.#budget = budget ?? readingBudget;
  }

  /** @returns undefined for an unknown id */
  read(id: string): Promise<MailContent | undefined> {
    // One after the other: so much memory and one core is what looking at mail may take from receiving it.
    const mine = this.#turn.then(async () => {
      const body = await this.store.open(id);
      return body === undefined ? undefined : this.#parse(await readHead(body, this.#budget.mailBytes));
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async onModuleDestroy(): Promise<void> {
    this.#closed = true;
    this.#job?.giveUp(SHUTTING_DOWN);
    await this.#discardWorker();
  }

  async #parse(mail: MailHead): Promise<MailContent> {
    if (this.#closed) return unread(SHUTTING_DOWN);
    this.#worker ??= this.#startWorker();
    const result = new Promise<MailContent>((resolve) => (this.#job = new ReadingJob(resolve)));
    const timer = setTimeout(() => {
      this.#job?.giveUp('This message takes too long to read.');
      void this.#discardWorker();
    }, this.#budget.milliseconds);
    this.#worker.postMessage({ bytes: mail.bytes, complete: mail.complete }, [mail.bytes.buffer]);
    try {
      return await result;
    } finally {
      clearTimeout(timer);
      this.#job = undefined;
    }
  }

  #startWorker(): Worker {
    const worker = new Worker(WORKER, {
      workerData: this.#budget,
      resourceLimits: { maxOldGenerationSizeMb: this.#budget.heapMegabytes },
    });
    worker.unref();
    worker.on('message', (report: ReadingReport) => this.#job?.accept(report));
    // Always heard, also between two mails: an unheard error event would end the process. The exit follows it.
    worker.on('error', (error) => this.#logger.warn(`the reader of mails ended: ${String(error)}`));
    worker.on('exit', () => {
      // A worker that was discarded may end while the next one is at work.
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#job?.giveUp('This message could not be read.');
    });
    return worker;
  }

  async #discardWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

/** One mail at the worker: settles once, with all of it or with what is known. */
class ReadingJob {
  #headers: readonly HeaderField[] = [];

  constructor(private readonly settle: (content: MailContent) => void) {}

  accept(report: ReadingReport): void {
    if ('content' in report) this.settle(report.content);
    else this.#headers = report.headers;
  }

  giveUp(problem: string): void {
    this.settle(unread(problem, this.#headers));
  }
}

function unread(problem: string, headers: readonly HeaderField[] = []): MailContent {
  return { headers, text: null, html: null, attachments: [], images: [], problem };
}
