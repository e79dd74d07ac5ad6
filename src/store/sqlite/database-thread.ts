import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { StoreClosedError, StoreStoppedError, errorOf } from '../failure.js';
import { Database } from './database.js';
import type { NewMessage } from './message-table.js';
import type { OperationName, Operations } from './operations.js';
import type { Answer, Reply, Request, ThreadData } from './protocol.js';
import { databaseWorkerFile } from './worker-file.js';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The database in its thread, as the application's thread sees it. */
export class DatabaseThread extends Database {
  private readonly pending = new Map<number, Pending>();
  private readonly exited: Promise<void>;
  private latestNumber = 0;
  private closing: Promise<void> | undefined;
  private stopped: Error | undefined;
  private guard: DatabaseSync | undefined;

  private constructor(
    private readonly worker: Worker,
    private readonly file: string,
    private readonly onFatal: (error: Error) => void,
  ) {
    super();
    worker.on('message', (answer: Answer) => this.receive(answer));
    worker.on('error', (error) => this.stop(new StoreStoppedError('The database thread failed', { cause: error })));
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        if (!this.closing) this.stop(new StoreStoppedError(`The database thread ended with code ${code}`));
        resolve();
      });
    });
  }

  /**
   * @param file the database file, made when it is not there
   * @param onFatal called once when the process must stop: the disk failed, or the thread died
   * @throws Error when the database cannot be opened
   */
  static async start(file: string, onFatal: (error: Error) => void): Promise<DatabaseThread> {
    const worker = new Worker(databaseWorkerFile(), { workerData: { file } satisfies ThreadData, name: 'database' });
    await once(worker, 'message'); // rejects with the thread's error when the database cannot be opened
    return new DatabaseThread(worker, file, onFatal);
  }

  /** Resolves when the message is durable. The memory of the body is handed over: do not use it afterwards. */
  async keep(message: NewMessage): Promise<void> {
    const transfer = message.body ? [message.body.buffer] : [];
    await this.request((number) => ({ number, keep: message }), transfer);
  }

  override call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    const answer = this.request((number) => ({ number, call: name, args }));
    return answer as Promise<ReturnType<Operations[Name]>>;
  }

  override get stopReason(): Error | undefined {
    return this.stopped;
  }

  /** Ends all use after a failure that the process must not survive: what is pending rejects. */
  override stop(error: Error): void {
    if (this.stopped) return;
    this.stopped = error;
    this.keepFromCheckpoint();
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
    this.onFatal(error);
  }

  /** Waits for what is pending, closes the database and ends the thread. May be called twice. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.stopped) await this.worker.terminate();
    else await this.request((number) => ({ number, close: true })).catch(() => this.worker.terminate());
    await this.exited;
  }

  private request(make: (number: number) => Request, transfer: ArrayBuffer[] = []): Promise<unknown> {
    if (this.stopped) return Promise.reject(this.stopped);
    const request = make(++this.latestNumber);
    if (this.closing && !('close' in request)) return Promise.reject(new StoreClosedError('The store is closed'));
    return new Promise((resolve, reject) => {
      this.worker.postMessage(request, transfer);
      this.pending.set(request.number, { resolve, reject });
    });
  }

  private receive({ replies, fatal }: Answer): void {
    for (const reply of replies) this.settle(reply);
    if (fatal) this.stop(errorOf(fatal));
  }

  private settle({ number, value, failure }: Reply): void {
    const pending = this.pending.get(number);
    this.pending.delete(number);
    if (failure) pending?.reject(errorOf(failure));
    else pending?.resolve(value);
  }

  /**
   * The last connection to close a database writes the log into it and syncs again. After a failed sync that would
   * turn lost pages into trusted ones, so a reader of our own sees to it that the dying thread's is not the last.
   */
  private keepFromCheckpoint(): void {
    try {
      this.guard = new DatabaseSync(this.file, { readOnly: true });
      this.guard.prepare('SELECT count(*) FROM sqlite_schema').get();
    } catch {
      // The disk does not even read: then nothing is written either.
    }
  }
}
