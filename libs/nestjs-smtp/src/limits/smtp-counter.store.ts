/** A counter as it stands. */
export interface SmtpCount {
  readonly count: number;
  /** Milliseconds until it begins anew. */
  readonly resetMs: number;
}

/**
 * Where AuthFailureLimitGuard and SmtpThrottleGuard count. Default: MemoryCounterStore, which counts for one process.
 * Several processes that are to share their limits need a store they share: RedisCounterStore, or a class of your own that
 * extends this one, named in `forRoot({ counterStore })`. A method that throws is answered 451 (454 at AUTH) and logged: nobody gets past a store
 * that is down.
 *
 * @example
 * @Injectable()
 * class DatabaseCounters extends SmtpCounterStore { … }
 * SmtpModule.forRoot({ imports: [DatabaseModule], counterStore: DatabaseCounters })
 */
export abstract class SmtpCounterStore {
  /**
   * Adds `amount` (0 only looks, a negative one gives back) to a counter and gives the result, in one step that cannot be
   * divided. A counter begins at 0, and again `windowMs` milliseconds after its first addition; it never falls below 0.
   *
   * @param key at most 200 printable ASCII characters; tells no user name
   */
  abstract add(key: string, amount: number, windowMs: number): SmtpCount | Promise<SmtpCount>;
}
