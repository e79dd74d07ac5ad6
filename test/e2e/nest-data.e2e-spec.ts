import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { MessageStream, SmtpAuth, SmtpClientGone, SmtpData, SmtpMessage, SmtpSignal } from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

interface Seen {
  error?: unknown;
  aborted?: boolean;
  ended?: () => void;
}

/** Reads a message, after as long as it is told, and remembers what became of it. */
function reader(seen: Seen, delayMs = 0) {
  @Controller()
  class ReaderController {
    @SmtpAuth('PLAIN')
    login() {
      return true;
    }

    @SmtpData()
    async receive(@SmtpMessage() message: MessageStream, @SmtpSignal() signal: AbortSignal) {
      try {
        await wait(delayMs);
        if (signal.aborted) return 'too late';
        for await (const chunk of message) void chunk;
        return `${message.byteLength} octets`;
      } catch (error) {
        seen.error = error;
        throw error;
      } finally {
        seen.aborted = signal.aborted;
        seen.ended?.();
      }
    }
  }
  return ReaderController;
}

async function upToData(smtp: RunningSmtp): Promise<DialogueClient> {
  const client = await smtp.connectSecurely();
  await client.authPlain('ann', 'x');
  await client.command('MAIL FROM:<ann@example.com>');
  await client.command('RCPT TO:<bob@example.com>');
  return client;
}

test('a message beyond size is 552 5.3.4, and the session stays usable', async () => {
  const smtp = await startSmtp({ controllers: [reader({})], options: { size: 1000 } });
  const client = await upToData(smtp);
  await client.command('DATA');
  expect(await client.command(`${'x'.repeat(2000)}\r\n.`)).toMatchObject({ code: 552, enhanced: '5.3.4' });
  const next = await client.send({ from: 'ann@example.com', to: ['bob@example.com'], data: 'short\r\n' });
  expect(next).toMatchObject({ code: 250, lines: ['7 octets'] });
  expect(smtp.log.find(/^error/)).toBeUndefined();
  await client.quit();
  await smtp.close();
});

test('a client that leaves fails the stream and fires the signal; that is no error of ours', async () => {
  const seen: Seen = {};
  const ended = new Promise<void>((resolve) => (seen.ended = resolve));
  const smtp = await startSmtp({ controllers: [reader(seen)] });
  const client = await upToData(smtp);
  await client.command('DATA');
  client.write('half a mess');
  await wait(20);
  client.destroy();
  await ended;
  await wait(20);
  expect(seen.error).toBeInstanceOf(SmtpClientGone);
  expect(seen.aborted).toBe(true);
  expect(smtp.log.find(/left in the middle of a message/)).toMatch(/^debug/);
  expect(smtp.log.lines.filter((line) => /^(error|warn)/.test(line))).toEqual([
    expect.stringMatching(/no key and cert/),
  ]);
  await smtp.close();
});

test('a handler that neither reads nor answers in time is 451; what it says later is ignored and logged', async () => {
  const seen: Seen = {};
  const ended = new Promise<void>((resolve) => (seen.ended = resolve));
  const options = { dataInitiationTimeoutMs: 100 };
  const smtp = await startSmtp({ controllers: [reader(seen, 1500)], options });
  const client = await upToData(smtp);
  expect(await client.command('DATA')).toMatchObject({ code: 451, enhanced: '4.3.0' });
  expect(await client.command('NOOP')).toMatchObject({ code: 250 });
  await ended;
  await wait(20);
  expect(seen.aborted).toBe(true);
  expect(smtp.log.find(/ReaderController\.receive: the data handler answered too late/)).toMatch(/^error/);
  await client.quit();
  await smtp.close();
});

describe('354', () => {
  /** Begins to read when it is told, and says at once that it will if that is wanted. */
  function patient(start: Promise<void>, acceptsAtOnce: boolean) {
    @Controller()
    class PatientController {
      @SmtpAuth('PLAIN')
      login() {
        return true;
      }

      @SmtpData()
      async receive(@SmtpMessage() message: MessageStream) {
        if (acceptsAtOnce) message.accept();
        await start;
        for await (const chunk of message) void chunk;
        return `${message.byteLength} octets`;
      }
    }
    return PatientController;
  }

  test('comes with accept(), before the first read', async () => {
    let begin!: () => void;
    const start = new Promise<void>((resolve) => (begin = resolve));
    const options = { dataInitiationTimeoutMs: 500 };
    const smtp = await startSmtp({ controllers: [patient(start, true)], options });
    const client = await upToData(smtp);
    expect(await client.command('DATA')).toMatchObject({ code: 354 });
    await wait(600); // who has accepted is not hurried any more
    client.write('hello\r\n.\r\n');
    begin();
    expect(await client.reply()).toMatchObject({ code: 250, lines: ['7 octets'] });
    expect(smtp.log.find(/^error/)).toBeUndefined();
    await client.quit();
    await smtp.close();
  });

  test('waits for the first read otherwise', async () => {
    let begin!: () => void;
    const start = new Promise<void>((resolve) => (begin = resolve));
    const smtp = await startSmtp({ controllers: [patient(start, false)] });
    const client = await upToData(smtp);
    const reply = client.command('DATA');
    expect(await Promise.race([reply, wait(100, 'silence')])).toBe('silence');
    begin();
    expect(await reply).toMatchObject({ code: 354 });
    expect(await client.command('hello\r\n.')).toMatchObject({ code: 250 });
    await client.quit();
    await smtp.close();
  });
});
