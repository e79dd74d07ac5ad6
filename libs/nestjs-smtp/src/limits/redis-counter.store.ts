import { Logger, type OnModuleInit } from '@nestjs/common';
import { SmtpSetupError } from '../exceptions/smtp-setup.error.js';
import { missingPeers } from '../optional-peers.js';
import { MemoryCounterStore } from './memory-counter.store.js';
import { openRedisCounter, type RedisCounter, type SmtpRedisClient } from './redis-counter.js';
import { type SmtpCount, SmtpCounterStore } from './smtp-counter.store.js';

/** How long Redis is left in peace after a failure, in milliseconds, before one request tries it again. */
const RETRY_AFTER_MS = 1_000;

export interface RedisCounterOptions {
  /** What the keys in Redis begin with; a colon follows. Default: `'smtp'`. */
  readonly prefix?: string;
  /** How long a client of ours waits for Redis, in milliseconds. Default: 500. */
  readonly timeoutMs?: number;
  /**
   * What holds while Redis does not answer. `'memory'`: each process counts for itself, from 0, so mail goes on and
   * nobody gets more than one further budget from each process. `'refuse'`: 451 (454 at AUTH, 421 at connect), so
   * nobody gets past, and nobody else in. Default: `'memory'`.
   */
  readonly whileDown?: 'memory' | 'refuse';
}

/**
 * Counts in Redis, for all processes that use the same one. It needs `rate-limiter-flexible`, an optional peer, and a
 * client of ioredis, which stays yours: give it an `'error'` listener, and close it when the application ends. Windows
 * are rounded up to whole seconds.
 *
 * Redis may fail at any time: a request waits for it no longer than `timeoutMs`, what `whileDown` says holds for a
 * second, then one request tries again. The log has one line when it fails and one when it is back.
 *
 * @example
 * @Injectable()
 * class SharedCounters extends RedisCounterStore {
 *   constructor(redis: Redis) {
 *     super(redis, { prefix: 'mail' });
 *   }
 * }
 * SmtpModule.forRoot({ imports: [RedisModule], counterStore: SharedCounters })
 */
export class RedisCounterStore extends SmtpCounterStore implements OnModuleInit {
  private readonly logger = new Logger(RedisCounterStore.name);
  private readonly memory = new MemoryCounterStore();
  private counter: Promise<RedisCounter> | undefined;
  /** When Redis may be asked again, on the clock of `performance.now()`; undefined while it answers. */
  private retryAt: number | undefined;

  constructor(
    private readonly client: SmtpRedisClient,
    private readonly options: RedisCounterOptions = {},
  ) {
    super();
  }

  /** @throws SmtpSetupError where rate-limiter-flexible is not installed */
  async onModuleInit(): Promise<void> {
    const problems = await missingPeers(new Set(['rate-limiter-flexible'] as const));
    if (problems.length > 0) throw new SmtpSetupError(problems);
  }

  override async add(key: string, amount: number, windowMs: number): Promise<SmtpCount> {
    if (!this.mayAsk()) return this.withoutRedis(key, amount, windowMs);
    const { prefix = 'smtp', timeoutMs = 500 } = this.options;
    try {
      const counter = await (this.counter ??= openRedisCounter(this.client, prefix, timeoutMs));
      const count = await counter.add(key, amount, windowMs);
      this.answered();
      return count;
    } catch (error) {
      this.failed(error);
      return this.withoutRedis(key, amount, windowMs, error);
    }
  }

  /** While Redis is down, one request at a time finds out whether it still is; the others do not wait. */
  private mayAsk(): boolean {
    if (this.retryAt === undefined) return true;
    const now = performance.now();
    if (now < this.retryAt) return false;
    this.retryAt = now + RETRY_AFTER_MS;
    return true;
  }

  private answered(): void {
    if (this.retryAt === undefined) return;
    this.retryAt = undefined;
    this.logger.log('Redis answers again; limits are shared');
  }

  private failed(error: unknown): void {
    const isNews = this.retryAt === undefined;
    this.retryAt = performance.now() + RETRY_AFTER_MS;
    if (!isNews) return;
    const consequence =
      this.options.whileDown === 'refuse' ? 'what is limited is refused' : 'each process counts alone';
    this.logger.error(`Redis does not count: ${String(error)}; until it does, ${consequence}`);
  }

  private withoutRedis(key: string, amount: number, windowMs: number, cause?: unknown): SmtpCount {
    if (this.options.whileDown === 'refuse') throw new Error('Redis does not count', { cause });
    return this.memory.add(key, amount, windowMs);
  }
}
