const WINDOW_MS = 60_000;
const RESTARTS = 30;
const STEP_MS = 100;
const LONGEST_MS = 1_000;

/**
 * How soon a worker that has ended is started anew: the more have ended within a minute, the later; after 30 of them
 * not at all, because what ends so often does not get well by itself.
 */
export class RestartBudget {
  private readonly ends: number[] = [];

  /** @param now a monotonic clock in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns milliseconds to wait; undefined when there were too many */
  next(): number | undefined {
    const now = this.now();
    while (this.ends[0] !== undefined && this.ends[0] <= now - WINDOW_MS) this.ends.shift();
    if (this.ends.length >= RESTARTS) return undefined;
    this.ends.push(now);
    return Math.min(LONGEST_MS, STEP_MS * (this.ends.length - 1));
  }
}
