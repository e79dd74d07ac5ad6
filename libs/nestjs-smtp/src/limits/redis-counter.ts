import type { SmtpCount } from './smtp-counter.store.js';

/** What RedisCounterStore needs of a client: `eval()` as `Redis` and `Cluster` of ioredis have it. */
export interface SmtpRedisClient {
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Counters in Redis; whatever goes wrong there rejects within the time given to `openRedisCounter()`. */
export interface RedisCounter {
  add(key: string, amount: number, windowMs: number): Promise<SmtpCount>;
}

/** What Redis takes for an expiry on every version, in seconds: 68 years. */
const MAX_WINDOW_S = 2 ** 31 - 1;

// As rate-limiter-flexible's own, but a counter never falls below 0: one that has expired must not be given back.
const ADD = `
local count = (tonumber(redis.call('get', KEYS[1])) or 0) + ARGV[1]
local ttl = redis.call('pttl', KEYS[1])
if ttl < 1 then ttl = ARGV[2] * 1000 end
if count < 1 then
  redis.call('del', KEYS[1])
  return {0, ttl}
end
redis.call('set', KEYS[1], count, 'PX', ttl)
return {count, ttl}`;

/** Loads rate-limiter-flexible, and counts with it under keys that begin with `prefix`. */
export async function openRedisCounter(
  client: SmtpRedisClient,
  prefix: string,
  timeoutMs: number,
): Promise<RedisCounter> {
  const { RateLimiterRedis, RLWrapperTimeouts } = await import('rate-limiter-flexible');
  const limiter = new RLWrapperTimeouts({
    timeoutMs,
    limiter: new RateLimiterRedis({
      storeClient: { eval: evaluate(client) },
      useRedisPackage: true, // so that it calls eval(), and defines no command on a client that is not ours
      customIncrTtlLuaScript: ADD,
      keyPrefix: prefix,
      points: 0, // it counts; the guards decide
      duration: 0, // each addition brings its own
    }),
  });
  return {
    async add(key, amount, windowMs) {
      const customDuration = Math.min(Math.ceil(windowMs / 1000), MAX_WINDOW_S);
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key, amount, { customDuration });
      return { count: consumedPoints, resetMs: msBeforeNext };
    },
  };
}

/** The `eval()` of ioredis as that of node-redis, which rate-limiter-flexible calls. */
function evaluate(client: SmtpRedisClient) {
  return (script: string, options: { readonly keys: readonly string[]; readonly arguments: readonly string[] }) =>
    client.eval(script, options.keys.length, ...options.keys, ...options.arguments);
}
