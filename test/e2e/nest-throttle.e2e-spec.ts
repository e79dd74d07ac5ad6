import { Controller } from '@nestjs/common';
import {
  MessageStream,
  PasswordAuth,
  SmtpAuth,
  SmtpConnect,
  SmtpData,
  SmtpMailFrom,
  SmtpMessage,
  SmtpRcptTo,
  SmtpThrottle,
  type SmtpThrottleRule,
} from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const windowMs = 60_000;
const twice = (by: SmtpThrottleRule['by']): SmtpThrottleRule => ({ by, limit: 2, windowMs });

async function use(controller: new () => object, talk: (client: DialogueClient, smtp: RunningSmtp) => Promise<void>) {
  const options = { allowInsecureAuth: true, authOptional: true, recipients: 'any' as const };
  const smtp = await startSmtp({ controllers: [controller], options });
  try {
    const client = await smtp.connect();
    expect(await client.ehlo()).toMatchObject({ code: 250 });
    await talk(client, smtp);
    client.destroy();
  } finally {
    await smtp.close();
  }
}

const codesOf = async (client: DialogueClient, lines: readonly string[]): Promise<number[]> => {
  const codes: number[] = [];
  for (const line of lines) codes.push((await client.command(line)).code);
  return codes;
};

test('by user, at MAIL: 451 4.7.1; others and who is not logged in go on', async () => {
  @Controller()
  class Submission {
    @SmtpAuth()
    login({ username }: PasswordAuth) {
      return username === 'shapeless' ? { shape: 'none' } : { username };
    }

    @SmtpMailFrom()
    @SmtpThrottle(twice('user'))
    sender() {
      return true;
    }
  }
  await use(Submission, async (client, smtp) => {
    const mail = ['MAIL FROM:<a@b>', 'RSET', 'MAIL FROM:<c@d>', 'RSET', 'MAIL FROM:<e@f>'];
    expect(await codesOf(client, [...mail, 'RSET'])).toEqual([250, 250, 250, 250, 250, 250]);
    await client.authPlain('ann', 'x');
    expect(await codesOf(client, mail)).toEqual([250, 250, 250, 250, 451]);
    const refusal = await client.command('MAIL FROM:<a@b>');
    expect(refusal.raw).toEqual(['451 4.7.1 Too many requests, try again later']);
    const other = await smtp.connect();
    await other.ehlo();
    await other.authPlain('bob', 'x');
    expect(await codesOf(other, mail)).toEqual([250, 250, 250, 250, 451]);
    const third = await smtp.connect();
    await third.ehlo();
    await third.authPlain('shapeless', 'x');
    expect(await codesOf(third, mail.slice(0, 1))).toEqual([451]);
    expect(smtp.log.find(/give @SmtpThrottle\(\) a function/)).toMatch(/^error/);
  });
});

test('by recipient, at RCPT and at DATA; by sender; decorators accumulate', async () => {
  @Controller()
  class Mx {
    @SmtpRcptTo()
    @SmtpThrottle({ by: 'recipient', limit: 3, windowMs })
    recipient() {
      return true;
    }

    @SmtpThrottle(twice('sender'))
    @SmtpData()
    @SmtpThrottle(twice('recipient'))
    receive(@SmtpMessage() message: MessageStream) {
      message.discard();
    }
  }
  await use(Mx, async (client) => {
    const send = (from: string, ...to: string[]) => client.send({ from, to, data: 'x' });
    expect(await send('a@x', 'one@x', 'two@x')).toMatchObject({ code: 250 });
    expect(await send('b@x', 'ONE@x')).toMatchObject({ code: 250 });
    expect(await send('c@x', 'two@x', 'one@x')).toMatchObject({ code: 451, enhanced: '4.7.1' });
    await client.command('RSET');
    expect(await codesOf(client, ['MAIL FROM:<>', 'RCPT TO:<one@x>', 'RCPT TO:<three@x>'])).toEqual([250, 451, 250]);
    await client.command('RSET');
    expect(await send('a@x', 'four@x')).toMatchObject({ code: 250 });
    expect(await send('A@x', 'five@x')).toMatchObject({ code: 451 });
  });
});

test('by client, at connect (421) and at AUTH (454); by what a function gives; the window ends', async () => {
  @Controller()
  class Front {
    @SmtpConnect()
    @SmtpThrottle(twice('address'))
    connect() {
      return true;
    }

    @SmtpAuth()
    @SmtpThrottle({ by: ({ credentials }) => credentials?.username, limit: 1, windowMs: 500 })
    login() {
      return null;
    }
  }
  await use(Front, async (client, smtp) => {
    await smtp.connect();
    await expect(smtp.connect()).rejects.toThrow(/^421 Too many requests/);
    const codes = [await client.authPlain('ann', 'x'), await client.authPlain('ann', 'x')].map(({ code }) => code);
    expect(codes).toEqual([535, 454]);
    await new Promise((resolve) => setTimeout(resolve, 550));
    expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 535 });
  });
});

test.each([[[]], [[{ by: 'user', limit: 0, windowMs }]], [[{ by: 'user', limit: 1, windowMs: NaN }]]])(
  'rules that limit nothing are an error: %j',
  (rules) => {
    expect(() => SmtpThrottle(...(rules as SmtpThrottleRule[]))).toThrow(/takes rules such as/);
  },
);
