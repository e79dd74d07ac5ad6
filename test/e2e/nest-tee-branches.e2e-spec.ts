import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { type MessageStream, SmtpClientGone, SmtpContext, SmtpData, SmtpException } from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { SmtpTransactionAborted } from 'smtp-engine';
import { eventually } from '../support/engine.js';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

/** What became of the handlers, by their names. */
const ends: Record<string, unknown> = {};
const errorsOf = (smtp: RunningSmtp): string[] => smtp.log.lines.filter((line) => line.startsWith('error'));

@Controller()
class BranchesController {
  @SmtpData('read@example.com')
  async read(message: MessageStream, { signal }: SmtpContext) {
    try {
      ends['read'] = Buffer.concat((await message.toArray()) as Buffer[]).length;
      ends['flags'] = [message.sizeExceeded, message.isComplete, message.readableEnded];
    } catch (error) {
      ends['read'] = error;
      ends['signal'] = signal.reason;
      throw error;
    }
  }

  @SmtpData('query@example.com')
  async query(message: MessageStream) {
    await wait(20);
    message.discard();
    ends['query'] = 'discarded';
  }

  @SmtpData('broken@example.com')
  broken() {
    throw new Error('no database');
  }

  /** Answers at once; what it wants to know of the message comes later. */
  @SmtpData('count@example.com')
  count(message: MessageStream, { signal }: SmtpContext) {
    message.once('end', () => (ends['count'] = [message.byteLength, message.isComplete]));
    message.once('error', (error) => (ends['count'] = error));
    signal.addEventListener('abort', () => (ends['signal'] = signal.reason as Error));
    message.discard();
    return 'counted';
  }

  /** The same, but it stops reading. */
  @SmtpData('pause@example.com')
  pause(message: MessageStream) {
    message.once('error', (error) => (ends['pause'] = error));
    message.discard();
    message.pause();
    return 'paused';
  }

  @SmtpData('thorough@example.com')
  async thorough(message: MessageStream) {
    await message.toArray();
    await wait(50);
    ends['thorough'] = message.byteLength;
  }

  /** It changes its mind. */
  @SmtpData('doubt@example.com')
  async doubt(message: MessageStream) {
    message.once('error', (error) => (ends['doubt'] = error));
    message.discard();
    await wait(5);
    throw new SmtpException(550, 'No');
  }

  @SmtpData('slow@example.com')
  async slow(message: MessageStream) {
    let octets = 0;
    for await (const piece of message) {
      octets += (piece as Buffer).length;
      await wait(1);
    }
    ends['slow'] = octets;
  }

  @SmtpData('first@example.com')
  async first(message: MessageStream) {
    await once(message, 'readable');
    message.read();
    throw new SmtpException(452, 'Full', { enhanced: '4.2.2' });
  }

  @SmtpData('late@example.com')
  async late(message: MessageStream, { signal }: SmtpContext) {
    await message.toArray();
    await once(signal, 'abort');
    await wait(10);
    ends['late'] = (signal.reason as Error).message;
    return 'at last';
  }

  @SmtpData('late-error@example.com')
  async lateError(message: MessageStream, { signal }: SmtpContext) {
    await message.toArray();
    await once(signal, 'abort');
    throw new Error('it was too much');
  }

  @SmtpData('postmaster@*')
  postmaster(message: MessageStream) {
    message.discard();
  }
}

beforeEach(() => {
  for (const name of Object.keys(ends)) delete ends[name];
});

function start(more: object = {}): Promise<RunningSmtp> {
  const options = { role: 'mx' as const, port: 0, multipleRoutes: 'tee' as const, routeStallTimeoutMs: 300, ...more };
  return startSmtp({ controllers: [BranchesController], options });
}

async function recipients(client: DialogueClient, names: readonly string[]): Promise<void> {
  await client.command('MAIL FROM:<ann@example.org>');
  for (const name of names) {
    expect(await client.command(`RCPT TO:<${name}@example.com>`)).toMatchObject({ code: 250 });
  }
}

async function send(client: DialogueClient, names: readonly string[], text = 'hello\r\n'): Promise<string> {
  await recipients(client, names);
  const asked = await client.command('DATA');
  if (asked.code !== 354) return asked.raw.join();
  client.write(`${text}.\r\n`);
  return (await client.reply()).raw.join();
}

async function chunk(client: DialogueClient, text: string, last = ''): Promise<string> {
  client.write(`BDAT ${text.length}${last}\r\n${text}`);
  return (await client.reply()).raw.join();
}

const large = `${'x'.repeat(998)}\r\n`.repeat(2000);

describe('branches of a message', () => {
  let smtp: RunningSmtp;
  let client: DialogueClient;

  beforeAll(async () => {
    smtp = await start({ size: 3_000_000 });
  });
  afterAll(() => smtp.close());
  beforeEach(async () => {
    smtp.log.lines.length = 0;
    client = await smtp.connect();
    await client.ehlo();
  });
  afterEach(() => client.destroy());

  test('who refuses before the message is named, not who came first', async () => {
    expect(await send(client, ['query', 'broken', 'read'])).toMatch(/^451 4\.3\.0 /);
    expect(errorsOf(smtp)).toEqual([expect.stringMatching(/\(BranchesController\.broken\)/)]);
    await eventually(() => ends['query'] !== undefined && ends['read'] instanceof Error);
    await wait(20);
    expect(errorsOf(smtp)).toHaveLength(1);
  });

  describe('one that answers early, after discard()', () => {
    test('learns the end of the message, and how long it was', async () => {
      expect(await send(client, ['count', 'slow'], large)).toBe('250 2.6.0 counted');
      expect(ends).toEqual({ slow: 2_000_000, count: [2_000_000, true] });
    });

    test('learns it where nobody reads on', async () => {
      expect(await send(client, ['count', 'postmaster'], large)).toBe('250 2.6.0 counted');
      expect(ends).toEqual({ count: [2_000_000, true] });
    });

    test('learns that the client is gone', async () => {
      await recipients(client, ['count', 'read']);
      await client.command('DATA');
      client.write('half');
      await wait(30);
      client.destroy();
      const gone = expect.any(SmtpClientGone) as unknown;
      await eventually(() => ends['read'] !== undefined);
      expect(ends).toEqual({ count: gone, read: gone, signal: gone });
      expect(errorsOf(smtp)).toEqual([]);
    });

    test('learns that the message is too large', async () => {
      expect(await send(client, ['count', 'slow'], large + large)).toMatch(/^552 5\.3\.4 /);
      expect(ends['count']).toMatchObject({ reply: { code: 552 } });
      expect(errorsOf(smtp)).toEqual([]);
    });

    test('does not hold up the others for longer than any, and keeps its answer', async () => {
      expect(await send(client, ['pause', 'slow'], large)).toBe('250 2.6.0 paused');
      expect(ends).toMatchObject({
        slow: 2_000_000,
        pause: { message: expect.stringMatching(/within 300 ms/) as unknown },
      });
    });
  });

  describe('between two chunks', () => {
    test('RSET: each learns it by stream and signal, and it is no error of ours', async () => {
      await recipients(client, ['read', 'count']);
      expect(await chunk(client, 'abc')).toMatch(/^250/);
      expect(await client.command('RSET')).toMatchObject({ code: 250 });
      const aborted = expect.any(SmtpTransactionAborted) as unknown;
      await eventually(() => ends['read'] !== undefined);
      expect(ends).toEqual({ read: aborted, count: aborted, signal: aborted });
      expect(await send(client, ['read'])).toMatch(/^250/);
      expect(errorsOf(smtp)).toEqual([]);
    });

    test('one fails: the others get the rest, and the last chunk is answered', async () => {
      await recipients(client, ['read', 'first']);
      expect(await chunk(client, 'abc')).toMatch(/^250/);
      await wait(20);
      expect(await chunk(client, 'def')).toMatch(/^250/);
      expect(await chunk(client, 'gh', ' LAST')).toBe('451 4.2.2 Full');
      expect(ends['read']).toBe(8);
    });

    test('all fail: the next chunk says so', async () => {
      await recipients(client, ['first']);
      await client.command('RCPT TO:<broken@example.com>');
      expect(await chunk(client, 'abc')).toMatch(/^451/);
      expect(await send(client, ['read'])).toMatch(/^250/);
    });

    test('the client hangs up', async () => {
      await recipients(client, ['read', 'slow']);
      await chunk(client, 'abc');
      client.destroy();
      await eventually(() => ends['read'] instanceof SmtpClientGone);
      expect(errorsOf(smtp)).toEqual([]);
    });
  });

  test('one that fails after discard() gets no more of it', async () => {
    await recipients(client, ['doubt', 'read']);
    await client.command('DATA');
    client.write('hel');
    await eventually(() => ends['doubt'] !== undefined);
    expect(ends['doubt']).toMatchObject({ message: 'the handler has ended' });
    client.write('lo\r\n.\r\n');
    expect((await client.reply()).raw.join()).toMatch(/^550 .*No/);
    expect(ends['read']).toBe(7);
  });

  test.each([
    ['before 354', ['query', 'read'], ''],
    ['while others read, who have answered', ['count', 'slow'], large],
    ['when all has come and not all have answered', ['read', 'thorough'], 'hello\r\n.\r\n'],
  ])('the client hangs up %s: no error, and the next one is served', async (_name, names, text) => {
    await recipients(client, names);
    client.write('DATA\r\n');
    if (text !== '') {
      expect(await client.reply()).toMatchObject({ code: 354 });
      client.write(text);
      await wait(10);
    }
    client.destroy();
    await eventually(() => smtp.transport.connections().length === 0);
    await wait(350); // longer than one may hold up the others
    expect(errorsOf(smtp)).toEqual([]);
    const next = await smtp.connect();
    await next.ehlo();
    expect(await send(next, ['read', 'count'])).toMatch(/^250/);
    next.destroy();
  });

  test('an answer that comes too late is logged with the handler, and changes nothing', async () => {
    expect(await send(client, ['late', 'read', 'late-error'])).toMatch(/^451 4\.3\.0 No decision in time/);
    await eventually(() => errorsOf(smtp).length === 4);
    expect(ends).toMatchObject({ read: 7, late: expect.stringMatching(/within 300 ms/) as unknown });
    expect(errorsOf(smtp).filter((line) => /BranchesController\.late\b/.test(line))).toHaveLength(2);
    expect(errorsOf(smtp).find((line) => line.includes('it was too much'))).toContain('(BranchesController.lateError)');
    expect(await client.command('NOOP')).toMatchObject({ code: 250 });
  });
});

test('sizeExceeded of each branch, where large messages are let through', async () => {
  const smtp = await start({ size: 1000, oversizedMessages: 'pass' });
  const client = await smtp.connect();
  await client.ehlo();
  expect(await send(client, ['read', 'slow'], `${'x'.repeat(998)}\r\n`.repeat(2))).toMatch(/^250/);
  expect(ends['flags']).toEqual([true, true, true]);
  client.destroy();
  await smtp.close();
});

test('a branch that hangs is left behind before the engine gives up the message', async () => {
  const limits = { routeStallTimeoutMs: 60_000, handlerTimeouts: { data: 500 } };
  const smtp = await start({ ...limits, role: 'lmtp' });
  const client = await smtp.connect();
  await client.command('LHLO client.example');
  await recipients(client, ['read', 'late']);
  await client.command('DATA');
  expect(await client.command('hello\r\n.')).toMatchObject({ code: 250 });
  expect(await client.reply()).toMatchObject({ code: 451 });
  await eventually(() => ends['late'] !== undefined);
  expect(ends).toMatchObject({ read: 7, late: expect.stringMatching(/within 450 ms/) as unknown });
  client.destroy();
  await smtp.close();
});
