import { performance } from 'node:perf_hooks';

/** Something that ends when its time has come. */
export interface Expiring {
  /** Of `now()`; Infinity for never. */
  deadline: number;
  expire(): void;
}

/** Milliseconds that only go forward: setting the clock must not end connections, nor let them live for ever. */
export function now(): number {
  return performance.now();
}

const SLOWEST_TICK_MS = 1000;
const FASTEST_TICK_MS = 20;

/**
 * One timer for all connections: it looks at every deadline now and then, so that setting one is an assignment.
 * Deadlines are late by a tick at most: a quarter of the shortest timeout, between 20 ms and 1 s.
 */
export class Deadlines {
  private readonly entries = new Set<Expiring>();
  private timer: NodeJS.Timeout | undefined;
  private tickMs = SLOWEST_TICK_MS;

  /** Makes the tick fine enough for a timeout of so many milliseconds. */
  require(timeoutMs: number): void {
    this.tickMs = Math.min(this.tickMs, Math.max(FASTEST_TICK_MS, Math.ceil(timeoutMs / 4)));
    if (this.timer !== undefined) this.start();
  }

  add(entry: Expiring): void {
    this.entries.add(entry);
    if (this.timer === undefined) this.start();
  }

  delete(entry: Expiring): void {
    this.entries.delete(entry);
    if (this.entries.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private start(): void {
    clearInterval(this.timer);
    // After the sockets have been read: where this process was busy, what came in time has not been seen yet.
    this.timer = setInterval(() => setImmediate(() => this.expireAll()), this.tickMs).unref();
  }

  private expireAll(): void {
    const time = now();
    for (const entry of this.entries) if (entry.deadline <= time) entry.expire();
  }
}
