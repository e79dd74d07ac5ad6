import { setTimeout as wait } from 'node:timers/promises';
import { type CanActivate, Controller, type ExecutionContext, UseGuards } from '@nestjs/common';
import {
  type Envelope,
  type MessageStream,
  SmtpClientGone,
  SmtpContext,
  SmtpData,
  SmtpException,
  type SmtpModuleOptions,
  SmtpSetupError,
  SmtpSizeExceeded,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { compile, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const MB = 1024 * 1024;
const seen: Record<string, unknown>[] = [];
const failures: unknown[] = [];
const ahead = { slow: 0, fast: 0, most: 0 };
const addresses = ({ rcptTo }: Envelope): string[] => rcptTo.map(({ address }) => address);

class NobodyGuard implements CanActivate {
  canActivate(_context: ExecutionContext): boolean {
    return false;
  }
}

@Controller()
class RoutesController {
  @SmtpData('read-:name@example.com')
  async read(message: MessageStream, { envelope, params, signal }: SmtpContext) {
    try {
      const text = Buffer.concat((await message.toArray()) as Buffer[]);
      seen.push({ name: params['name'], octets: text.length, to: addresses(envelope!), id: envelope!.id });
      return `read for ${params['name']}`;
    } catch (error) {
      failures.push(error, signal.aborted);
      throw error;
    }
  }

  @SmtpData('each@example.com')
  @SmtpData('each-*@example.com')
  each(message: MessageStream, { envelope }: SmtpContext) {
    message.discard();
    return envelope!.rcptTo.map(({ localPart }) =>
      localPart === 'each-full' ? new SmtpException(452, 'Full', { enhanced: '4.2.2' }) : localPart,
    );
  }

  @SmtpData('slow@example.com')
  async slow(message: MessageStream) {
    for await (const piece of message) {
      ahead.slow += (piece as Buffer).length;
      await wait(2);
    }
    seen.push({ name: 'slow', octets: message.byteLength });
  }

  @SmtpData('fast@example.com')
  async fast(message: MessageStream) {
    for await (const piece of message) {
      ahead.fast += (piece as Buffer).length;
      ahead.most = Math.max(ahead.most, ahead.fast - ahead.slow);
    }
  }

  @SmtpData('hang@example.com')
  async hang(message: MessageStream, { signal }: SmtpContext) {
    message.accept();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  @SmtpData('mute@example.com')
  async mute(message: MessageStream, { signal }: SmtpContext) {
    await message.toArray();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  @SmtpData('bug@example.com')
  async bug(message: MessageStream) {
    await message.toArray();
    throw new Error('inner text');
  }

  @SmtpData('gone@example.com')
  async gone(message: MessageStream) {
    await message.toArray();
    throw new SmtpException(554, 'Not this one');
  }

  @SmtpData('break@example.com')
  async leave(message: MessageStream) {
    for await (const piece of message) {
      void piece;
      break;
    }
  }

  @SmtpData('destroy@example.com')
  destroy(message: MessageStream) {
    message.destroy(new Error('by itself'));
    throw new SmtpException(550, 'Destroyed');
  }

  @UseGuards(NobodyGuard)
  @SmtpData('guarded@example.com')
  guarded(message: MessageStream) {
    message.discard();
  }

  @SmtpData('postmaster@*')
  postmaster(message: MessageStream) {
    message.discard();
  }
}

describe('a message for several routes', () => {
  let smtp: RunningSmtp;
  let client: DialogueClient;

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [RoutesController],
      options: {
        port: undefined as never,
        multipleRoutes: 'tee',
        routeStallTimeoutMs: 300,
        size: 60 * MB,
        listeners: [
          { id: 'mx', role: 'mx', port: 0 },
          { id: 'lmtp', role: 'lmtp', port: 0, size: 1000 },
        ],
      },
    });
  });
  afterAll(() => smtp.close());
  beforeEach(async () => {
    seen.length = failures.length = smtp.log.lines.length = 0;
    client = await smtp.connect('mx');
    await client.ehlo();
  });
  afterEach(() => client.destroy());

  async function upToData(dialogue: DialogueClient, names: readonly string[]): Promise<string> {
    await dialogue.command('MAIL FROM:<ann@example.org>');
    for (const name of names) {
      expect(await dialogue.command(`RCPT TO:<${name}@example.com>`)).toMatchObject({ code: 250 });
    }
    return (await dialogue.command('DATA')).raw.join();
  }

  async function send(...names: string[]): Promise<string> {
    const asked = await upToData(client, names);
    return asked.startsWith('354') ? (await client.command('hello\r\n.')).raw.join() : asked;
  }

  test('each gets all of it, its own recipients, and the one id', async () => {
    expect(await send('read-a', 'read-b', 'slow', 'READ-a')).toBe('250 2.6.0 read for a');
    expect(seen.map(({ name, octets }) => [name, octets]).sort()).toEqual([
      ['a', 7],
      ['b', 7],
      ['slow', 7],
    ]);
    expect(seen.find(({ name }) => name === 'a')!['to']).toEqual(['READ-a@example.com']);
    expect(new Set(seen.flatMap(({ id }) => id ?? [])).size).toBe(1);
  });

  test.each([
    ['451 before a permanent failure', ['read-a', 'gone', 'bug'], /^451 4\.3\.0 (?!.*inner)/],
    ['a temporary failure of a recipient', ['gone', 'each', 'each-full'], /^451 4\.2\.2 Full/],
    ['the first permanent one', ['read-a', 'gone'], /^554 .*Not this one/],
    ['a branch that leaves', ['read-a', 'break'], /^451 4\.3\.0 The message was not read to its end/],
    ['a branch that neither reads on nor answers', ['read-a', 'mute'], /^451 4\.3\.0 No decision in time/],
  ])('one reply for all: %s', async (_name, names, expected) => {
    expect(await send(...names)).toMatch(expected);
    expect(await client.command('NOOP')).toMatchObject({ code: 250 });
    if (names[0] === 'read-a') expect(seen).toHaveLength(1);
  });

  test('guards of all run before 354: who is refused by one is refused by all, and nobody gets anything', async () => {
    expect(await send('read-a', 'guarded')).toMatch(/^554 5\.7\.1 /);
    expect(await send('destroy', 'read-a')).toMatch(/^550 .*Destroyed/);
    expect(seen).toEqual([]);
    expect(smtp.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  test('the log names the handler that failed', async () => {
    await send('read-a', 'bug', 'break');
    const errors = smtp.log.lines.filter((line) => line.startsWith('error'));
    expect(errors).toHaveLength(2);
    expect(errors.find((line) => line.includes('inner text'))).toContain('(RoutesController.bug)');
    expect(errors.find((line) => line.includes('is an await missing'))).toMatch(/^error RoutesController\.leave: /);
  });

  test('a branch that stalls in a large message is left behind; the others get all of it, in bounded memory', async () => {
    expect(await upToData(client, ['read-x', 'hang', 'slow'])).toMatch(/^354/);
    client.write(`${`${'x'.repeat(998)}\r\n`.repeat(2000)}.\r\n`);
    expect((await client.reply()).raw.join()).toMatch(/^451 4\.3\.0 No decision in time/);
    expect(seen.map(({ name, octets }) => [name, octets]).sort()).toEqual([
      ['slow', 2_000_000],
      ['x', 2_000_000],
    ]);
    expect(smtp.log.find(/within 300 ms/)).toMatch(/^error RoutesController\.hang: /);
  });

  test('a slow branch sets the pace: the others are no more than the buffers ahead of it', async () => {
    Object.assign(ahead, { slow: 0, fast: 0, most: 0 });
    expect(await upToData(client, ['slow', 'fast'])).toMatch(/^354/);
    client.write(`${`${'x'.repeat(998)}\r\n`.repeat(10_000)}.\r\n`);
    expect(await client.reply()).toMatchObject({ code: 250 });
    expect(ahead).toMatchObject({ slow: 10_000_000, fast: 10_000_000 });
    expect(ahead.most).toBeLessThan(MB / 2);
  });

  test('100 routes', async () => {
    expect(await send(...Array.from({ length: 100 }, (_, index) => `read-${index}`))).toMatch(/^250/);
    expect(seen).toHaveLength(100);
  });

  test('a client that leaves is told to each, by stream and signal; and that is no error of ours', async () => {
    await upToData(client, ['read-a', 'read-b']);
    client.write('half a mess');
    await wait(30);
    client.destroy();
    await wait(50);
    expect(failures).toEqual([expect.any(SmtpClientGone), true, expect.any(SmtpClientGone), true]);
    expect(smtp.log.lines.filter((line) => /^(error|warn)/.test(line))).toEqual([]);
  });

  test('BDAT', async () => {
    await client.command('MAIL FROM:<ann@example.org>');
    for (const name of ['read-a', 'read-b']) await client.command(`RCPT TO:<${name}@example.com>`);
    client.write('BDAT 3\r\nabc');
    expect(await client.reply()).toMatchObject({ code: 250 });
    client.write('BDAT 2 LAST\r\nde');
    expect((await client.reply()).raw).toEqual(['250 2.6.0 read for a']);
    expect(seen.map(({ octets }) => octets)).toEqual([5, 5]);
  });

  describe('LMTP', () => {
    let lmtp: DialogueClient;
    beforeEach(async () => {
      lmtp = await smtp.connect('lmtp');
      await lmtp.command('LHLO client.example');
    });
    afterEach(() => lmtp.destroy());

    test('each recipient gets the reply of its own branch', async () => {
      const names = ['each-full', 'read-a', 'guarded', 'each-ann', 'hang', 'break'];
      expect(await upToData(lmtp, names)).toMatch(/^354/);
      const replies = [(await lmtp.command('hello\r\n.')).raw.join()];
      while (replies.length < names.length) replies.push((await lmtp.reply()).raw.join());
      expect(replies).toEqual([
        '452 4.2.2 Full',
        '250 2.6.0 read for a',
        '554 5.7.1 Message refused',
        '250 2.6.0 each-ann',
        '451 4.3.0 No decision in time, try again later',
        '451 4.3.0 The message was not read to its end, try again later',
      ]);
    });

    test('all refuse before the message: one reply, and no message', async () => {
      expect(await upToData(lmtp, ['guarded', 'destroy'])).toMatch(/^554 5\.7\.1/);
      expect(await lmtp.command('NOOP')).toMatchObject({ code: 250 });
    });

    test('a message beyond size fails in each', async () => {
      await upToData(lmtp, ['read-a', 'read-b']);
      expect(await lmtp.command(`${'x'.repeat(2000)}\r\n.`)).toMatchObject({ code: 552, enhanced: '5.3.4' });
      expect(await lmtp.reply()).toMatchObject({ code: 552 });
      expect(failures).toEqual([expect.any(SmtpSizeExceeded), false, expect.any(SmtpSizeExceeded), false]);
      expect(smtp.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
    });
  });
});

test.each<[SmtpModuleOptions, RegExp]>([
  [{ multipleRoutes: 'all' as never }, /listener 'default': multipleRoutes is all; write 'one' or 'tee'/],
  [{ role: 'lmtp', multipleRoutes: 'one' }, /LMTP answers for each route/],
  [{ routeStallTimeoutMs: 0 }, /routeStallTimeoutMs is 0; write a whole number from 1 to 540000/],
])('a boot error: %j', async (options, expected) => {
  const module = await compile({ controllers: [RoutesController], options: { role: 'mx', ...options } });
  const error = await module.init().catch((thrown: unknown) => thrown);
  expect((error as SmtpSetupError).problems).toContainEqual(expect.stringMatching(expected));
  await module.close();
});
