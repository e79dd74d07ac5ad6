import cluster, { type Worker } from 'node:cluster';
import type { ListenerAddress } from 'smtp-engine';
import { Outbox } from './outbox.js';
import type { OwnerOperation, OwnerOperations } from './owner-operations.js';
import { crossing, type FromOwner, type FromWorker } from './protocol.js';

/** The operations as the channel calls them: with what it has got. */
type Offered = Record<OwnerOperation, (...args: readonly unknown[]) => unknown>;

const START_TIMEOUT_MS = 30_000;

/** A worker cannot begin, for a reason that somebody has to see to; the message can be printed as it is. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
}

/** One worker, as the owner sees it. */
export class WorkerProcess {
  readonly number: number;
  /** Resolves with its open listeners; rejects when it ends before. */
  readonly ready: Promise<readonly ListenerAddress[]>;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  private readonly worker: Worker;
  private readonly outbox: Outbox<FromOwner>;
  private readonly startTimeout: NodeJS.Timeout;
  private open = false;
  private opened!: (listeners: readonly ListenerAddress[]) => void;
  private failed!: (error: Error) => void;

  /** @param environment what differs from the environment of the owner */
  constructor(environment: Readonly<Record<string, string>>, operations: (worker: number) => OwnerOperations) {
    this.worker = cluster.fork(environment);
    this.number = this.worker.id;
    this.ready = new Promise((resolve, reject) => {
      this.opened = resolve;
      this.failed = reject;
    });
    this.ready.catch(() => undefined); // one that is started anew has nobody who waits
    const offered = operations(this.number) as unknown as Offered;
    this.startTimeout = setTimeout(() => this.kill(), START_TIMEOUT_MS);
    this.outbox = new Outbox((messages, sent) => this.send(messages, sent));
    this.worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) void this.receive(message, offered);
    });
    // A process that could not be started, or a channel that broke: the end is told as well, or made here.
    this.worker.on('error', () => this.kill());
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code: number | null, signal: string | null) =>
        resolve(this.end(signal ?? `code ${code}`)),
      );
    });
  }

  /** Whether it takes mail now. */
  get isReady(): boolean {
    return this.open;
  }

  get pid(): number | undefined {
    return this.worker.process.pid;
  }

  /** Lets it finish what has begun; it ends by itself then. */
  drain(): void {
    this.open = false;
    void this.outbox.put({ drain: true });
  }

  kill(): void {
    this.worker.process.kill('SIGKILL');
  }

  private async receive(message: FromWorker, operations: Offered): Promise<void> {
    if ('ready' in message) {
      clearTimeout(this.startTimeout);
      this.open = true;
      this.opened(message.ready);
    } else if ('failed' in message) {
      this.failed(new WorkerStartError(message.failed));
    } else {
      const { number } = message;
      try {
        void this.outbox.put({ number, value: await operations[message.ask](...message.args) });
      } catch (error) {
        void this.outbox.put({ number, failure: crossing(error) });
      }
    }
  }

  private send(messages: readonly FromOwner[], sent: () => void): void {
    // Whoever is gone needs no answer, and that it has gone is told by its end.
    if (this.worker.isConnected()) this.worker.send(messages, () => sent());
    else sent();
  }

  private end(how: string): string {
    clearTimeout(this.startTimeout);
    this.open = false;
    this.failed(new Error(`worker ${this.number} ended with ${how} before it took mail`));
    return how;
  }
}
