import { Injectable } from '@nestjs/common';
import { type SmtpCount, SmtpCounterStore } from './smtp-counter.store.js';

/** About 20 MB. Whoever can fill it up has more addresses than a limit by address could stop. */
const MAX_COUNTERS = 100_000;
/** How often, in milliseconds, a full store looks through all it has. */
const SWEEP_INTERVAL_MS = 1_000;

interface Counter {
  count: number;
  readonly resetAt: number;
}

/**
 * Counts in memory, for this process: at most 100,000 counters, of which the oldest are forgotten first.
 * It needs no timers and no closing.
 */
@Injectable()
export class MemoryCounterStore extends SmtpCounterStore {
  private readonly counters = new Map<string, Counter>();
  private sweptAt = 0;

  override add(key: string, amount: number, windowMs: number): SmtpCount {
    const now = performance.now();
    const found = this.counters.get(key);
    const counter = found !== undefined && found.resetAt > now ? found : { count: 0, resetAt: now + windowMs };
    counter.count = Math.max(0, counter.count + amount);
    if (counter.count === 0) this.counters.delete(key);
    else if (counter !== found) this.keep(key, counter, now);
    return { count: counter.count, resetMs: counter.resetAt - now };
  }

  private keep(key: string, counter: Counter, now: number): void {
    this.counters.delete(key); // so that it stands among the youngest
    if (this.counters.size >= MAX_COUNTERS) this.makeRoom(now);
    this.counters.set(key, counter);
  }

  private makeRoom(now: number): void {
    if (now - this.sweptAt >= SWEEP_INTERVAL_MS) {
      this.sweptAt = now;
      for (const [key, { resetAt }] of this.counters) if (resetAt <= now) this.counters.delete(key);
    }
    if (this.counters.size < MAX_COUNTERS) return;
    const [oldest] = this.counters.keys();
    if (oldest !== undefined) this.counters.delete(oldest);
  }
}
