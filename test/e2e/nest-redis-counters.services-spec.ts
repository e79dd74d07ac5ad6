import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Injectable, UseGuards } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  AuthFailureLimitGuard,
  type AuthFailureLimits,
  MessageStream,
  PasswordAuth,
  RedisCounterStore,
  type RedisCounterOptions,
  SmtpAuth,
  SmtpCounterStore,
  SmtpData,
  SmtpMailFrom,
  SmtpMessage,
  SmtpThrottle,
} from 'nestjs-smtp';
import { RedisProcess } from '../support/redis.js';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

let redis: RedisProcess;
const clients: Redis[] = [];
const running: RunningSmtp[] = [];
const errors: unknown[] = [];
const unhandled = (error: unknown): void => void errors.push(error);

beforeAll(async () => {
  redis = await RedisProcess.start();
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  for (const smtp of running.splice(0)) await smtp.close();
  for (const client of clients.splice(0)) client.disconnect();
  await redis.kill();
  await redis.run();
});

afterAll(async () => {
  await redis.kill();
  process.removeListener('unhandledRejection', unhandled);
  expect(errors).toEqual([]);
});

function connectRedis(): Redis {
  const client = new Redis({
    port: redis.port,
    host: '127.0.0.1',
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

@Injectable()
class ThreeOfAUser extends AuthFailureLimitGuard {
  protected override limitsFor(): AuthFailureLimits {
    return { connection: false, address: false, user: 3, windowMs: 60_000, delayMs: 0, maxDelayMs: 0 };
  }
}

@Controller()
@UseGuards(ThreeOfAUser)
class MailController {
  @SmtpAuth('PLAIN')
  login({ password }: PasswordAuth) {
    return password === 'secret';
  }

  @SmtpMailFrom()
  @SmtpThrottle({ by: 'sender', limit: 3, windowMs: 60_000 })
  sender() {
    return true;
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    message.discard();
  }
}

/** One of several processes that share a Redis; only their memory is the same. */
async function startOne(options: RedisCounterOptions = {}): Promise<RunningSmtp> {
  const client = connectRedis();
  @Injectable()
  class SharedCounters extends RedisCounterStore {
    constructor() {
      super(client, options);
    }
  }
  const smtp = await startSmtp({
    controllers: [MailController],
    options: {
      allowInsecureAuth: true,
      authOptional: true,
      recipients: 'any',
      authFailureDelayMs: false,
      counterStore: SharedCounters,
    },
  });
  running.push(smtp);
  return smtp;
}

/** The codes of MAIL from one sender, so many times. */
async function mail(smtp: RunningSmtp, times: number, sender = 'ann@example.org'): Promise<number[]> {
  const client = await smtp.connect();
  await client.ehlo();
  const codes: number[] = [];
  for (let time = 0; time < times; time++) {
    codes.push((await client.command(`MAIL FROM:<${sender}>`)).code);
    await client.command('RSET');
  }
  client.destroy();
  return codes;
}

async function logIn(smtp: RunningSmtp, password: string): Promise<number> {
  const client = await smtp.connect();
  await client.ehlo();
  const { code } = await client.authPlain('ann', password);
  client.destroy();
  return code;
}

const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries === 200) throw new Error('it never came to that');
    await sleep(25);
  }
};

test('two processes share their limits, and right logins are given back', async () => {
  const one = await startOne({ prefix: 'mail' });
  const other = await startOne({ prefix: 'mail' });
  expect(await mail(one, 2)).toEqual([250, 250]);
  expect(await mail(other, 2)).toEqual([250, 451]);
  expect(await mail(one, 1)).toEqual([451]);
  for (let time = 0; time < 4; time++) expect(await logIn(time % 2 ? one : other, 'secret')).toBe(235);
  for (let time = 0; time < 3; time++) expect(await logIn(time % 2 ? one : other, 'wrong')).toBe(535);
  expect(await logIn(one, 'secret')).toBe(421);
  expect(await logIn(other, 'secret')).toBe(421);

  const keys = await connectRedis().keys('*');
  expect(keys).toHaveLength(2);
  for (const key of keys) {
    expect(key).toMatch(/^mail:(auth:user|throttle:MailController\.sender:0):[\w-]{43}$/);
    expect(await connectRedis().pttl(key)).toBeLessThanOrEqual(60_000);
    expect(await connectRedis().pttl(key)).toBeGreaterThan(30_000);
  }
});

test('it counts as the store in memory does: never below 0, a window from the first addition, 0 only looks', async () => {
  const store = new RedisCounterStore(connectRedis());
  expect(await store.add('a', 0, 60_000)).toEqual({ count: 0, resetMs: 60_000 });
  expect(await store.add('a', -1, 60_000)).toEqual({ count: 0, resetMs: 60_000 });
  expect(await store.add('a', 1, 60_000)).toMatchObject({ count: 1 });
  expect(await store.add('a', 2, 90_000)).toMatchObject({ count: 3 });
  expect((await store.add('a', 0, 90_000)).resetMs).toBeLessThanOrEqual(60_000);
  expect(await store.add('a', -1, 60_000)).toMatchObject({ count: 2 });
  expect(await store.add('a', -9, 60_000)).toMatchObject({ count: 0 });
  expect(await store.add('b', 1, 10)).toMatchObject({ count: 1, resetMs: 1_000 });
  await sleep(1_100);
  expect(await store.add('b', 1, Infinity)).toMatchObject({ count: 1 });
  const sums = await Promise.all(Array.from({ length: 50 }, () => store.add('c', 1, 60_000)));
  expect(sums.map(({ count }) => count).sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test('killed in the middle: mail goes on, limited by each process; back again, limits are shared', async () => {
  const one = await startOne();
  const other = await startOne();
  expect(await mail(one, 2)).toEqual([250, 250]);
  await redis.kill();
  expect(await mail(one, 4)).toEqual([250, 250, 250, 451]);
  expect(await mail(other, 4)).toEqual([250, 250, 250, 451]);
  expect(await logIn(one, 'secret')).toBe(235);
  for (let time = 0; time < 3; time++) expect(await logIn(one, 'wrong')).toBe(535);
  expect(await logIn(one, 'secret')).toBe(421);
  // Nest's logger is that of the process, so the last application has the lines of both.
  const told = (): string[] => other.log.lines.filter((line) => line.includes('Redis'));
  const failed = expect.stringMatching(/^error Redis does not count: .*; until it does, each process counts alone/);
  expect(told()).toEqual([failed, failed]);

  await redis.run();
  await until(async () => {
    await mail(one, 1, 'probe@example.org');
    await mail(other, 1, 'probe@example.org');
    return told().length === 4;
  });
  expect(told().slice(2).join()).toMatch(/^log Redis answers again.*log Redis answers again/);
  expect(await mail(one, 2, 'new@example.org')).toEqual([250, 250]);
  expect(await mail(other, 2, 'new@example.org')).toEqual([250, 451]);
});

test('it hangs: one request waits, and no longer than it may; the others do not', async () => {
  const smtp = await startOne({ timeoutMs: 300 });
  expect(await mail(smtp, 1)).toEqual([250]);
  redis.freeze();
  try {
    const begun = performance.now();
    expect(await mail(smtp, 1)).toEqual([250]);
    expect(performance.now() - begun).toBeGreaterThan(290);
    expect(performance.now() - begun).toBeLessThan(900);
    const second = performance.now();
    expect(await mail(smtp, 2)).toEqual([250, 250]);
    expect(performance.now() - second).toBeLessThan(250);
  } finally {
    redis.thaw();
  }
});

test("whileDown: 'refuse' lets nobody past and nothing out", async () => {
  const smtp = await startOne({ whileDown: 'refuse', timeoutMs: 200 });
  expect(await logIn(smtp, 'secret')).toBe(235);
  await redis.kill();
  const client = await smtp.connect();
  await client.ehlo();
  for (let time = 0; time < 2; time++) {
    const reply = await client.authPlain('ann', 'secret');
    expect(reply).toMatchObject({ code: 454, enhanced: '4.7.0' });
    expect(reply.raw.join()).not.toMatch(/redis|ECONN|timed/i);
  }
  expect(await client.command('MAIL FROM:<ann@example.org>')).toMatchObject({ code: 451 });
  client.destroy();
  expect(smtp.log.find(/until it does, what is limited is refused/)).toMatch(/^error/);
  await redis.run();
  await until(async () => (await logIn(smtp, 'secret')) === 235);
});

test('it is the store of the application, and counts before Redis has been reached', async () => {
  await redis.kill();
  const smtp = await startOne({ timeoutMs: 100 });
  expect(smtp.app.get(SmtpCounterStore)).toBeInstanceOf(RedisCounterStore);
  expect(await mail(smtp, 4)).toEqual([250, 250, 250, 451]);
});
