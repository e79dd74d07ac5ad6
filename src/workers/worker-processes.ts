import cluster from 'node:cluster';
import { rm } from 'node:fs/promises';
import { Injectable, Logger } from '@nestjs/common';
import { MemoryCounterStore } from 'nestjs-smtp';
import type { ListenerAddress } from 'smtp-engine';
import { AppConfig } from '../config/app-config.js';
import { DataDir } from '../store/data-dir.js';
import { FatalSignal } from '../store/fatal-signal.js';
import { ServerCertificate } from '../store/server-secrets.js';
import { SqliteMessageStore } from '../store/sqlite-message-store.js';
import { Database } from '../store/sqlite/database.js';
import { fixedPorts } from './fixed-ports.js';
import { operationsFor, temporaryFolderOf } from './owner-operations.js';
import { Places } from './places.js';
import { RestartBudget } from './restart-budget.js';
import { WorkerProcess } from './worker-process.js';

// Their own closeTimeout is 30 seconds.
const DRAIN_TIMEOUT_MS = 35_000;

/** The processes that take SMTP connections, for the process that owns the database. */
@Injectable()
export class WorkerProcesses {
  private readonly logger = new Logger('Workers');
  private readonly running = new Set<WorkerProcess>();
  private readonly restarts = new RestartBudget();
  private readonly pending = new Set<NodeJS.Timeout>();
  private readonly places: Places;
  private readonly counters = new MemoryCounterStore();
  private environment: Readonly<Record<string, string>> = {};
  private supervising = false;

  constructor(
    private readonly config: AppConfig,
    private readonly directory: DataDir,
    private readonly certificate: ServerCertificate,
    private readonly database: Database,
    private readonly store: SqliteMessageStore,
    private readonly fatal: FatalSignal,
  ) {
    this.places = new Places(config.maxClients, config.maxClientsPerAddress);
  }

  /** How many there should be, and how many of them take mail now. */
  get count(): { readonly configured: number; readonly ready: number } {
    const ready = [...this.running].filter(({ isReady }) => isReady).length;
    return { configured: this.config.workers, ready };
  }

  /**
   * Starts all of them; from then on, one that ends is started anew.
   *
   * @returns their listeners, which all of them share
   * @throws WorkerStartError when one cannot begin; all are ended again then
   */
  async start(): Promise<readonly ListenerAddress[]> {
    // Bodies go as bytes, not as JSON.
    cluster.setupPrimary({ serialization: 'advanced' });
    this.environment = await fixedPorts(this.config);
    this.supervising = true;
    try {
      const workers = Array.from({ length: this.config.workers }, () => this.launch());
      const [addresses = []] = await Promise.all(workers.map(({ ready }) => ready));
      return addresses;
    } catch (error) {
      this.supervising = false;
      for (const worker of this.running) worker.kill();
      await Promise.all([...this.running].map(({ ended }) => ended));
      throw error;
    }
  }

  /** Lets all finish what they have begun, and waits until they have ended; those that take too long are killed. */
  async drain(): Promise<void> {
    this.supervising = false;
    for (const timeout of this.pending) clearTimeout(timeout);
    const workers = [...this.running];
    for (const worker of workers) worker.drain();
    const late = setTimeout(() => workers.forEach((worker) => worker.kill()), DRAIN_TIMEOUT_MS);
    await Promise.all(workers.map(({ ended }) => ended));
    clearTimeout(late);
  }

  private launch(): WorkerProcess {
    const worker = new WorkerProcess(this.environment, (number) =>
      operationsFor(number, {
        directory: this.directory,
        certificate: this.certificate,
        database: this.database,
        store: this.store,
        counters: this.counters,
        places: this.places,
      }),
    );
    this.running.add(worker);
    void worker.ended.then((how) => this.ended(worker, how));
    return worker;
  }

  private ended(worker: WorkerProcess, how: string): void {
    this.running.delete(worker);
    this.places.giveAll(worker.number);
    // What could not be removed now, the sweep of the next start removes.
    void rm(temporaryFolderOf(worker.number, this.directory), { recursive: true, force: true }).catch(() => undefined);
    if (!this.supervising) return;
    const delay = this.restarts.next();
    const what = `worker ${worker.number} (pid ${worker.pid}) ended with ${how}`;
    if (delay === undefined) {
      this.fatal.raise(new Error(`${what}, and too many before it within a minute: not starting it anew`));
      return;
    }
    this.logger.error(`${what}; a new one takes its place`);
    const timeout = setTimeout(() => {
      this.pending.delete(timeout);
      this.launch();
    }, delay);
    this.pending.add(timeout);
  }
}
