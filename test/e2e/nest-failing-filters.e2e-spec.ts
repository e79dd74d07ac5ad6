import { setTimeout as wait } from 'node:timers/promises';
import { type ArgumentsHost, Catch, Controller, type ExceptionFilter, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MessageStream, SmtpAuth, SmtpContext, SmtpData, SmtpMailFrom, SmtpMessage, SmtpRcptTo } from 'nestjs-smtp';
import type { DialogueClient, ReceivedReply } from 'nestjs-smtp/testing';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

type Stage = 'auth' | 'mail' | 'rcpt' | 'data';

/** Where the handlers throw. */
class Plan {
  failsAt: Stage = 'auth';

  at(stage: Stage): void {
    if (stage === this.failsAt) throw new Error('inner text');
  }
}

@Controller()
class FailingController {
  constructor(private readonly plan: Plan) {}

  @SmtpAuth('PLAIN')
  login() {
    this.plan.at('auth');
    return true;
  }

  @SmtpMailFrom()
  sender() {
    this.plan.at('mail');
  }

  @SmtpRcptTo()
  recipient() {
    this.plan.at('rcpt');
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    this.plan.at('data');
    message.discard();
  }
}

/** Made for HTTP: there is no response here. */
@Catch()
class BreakingFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<{ status(code: number): void }>().status(500);
  }
}

/** Breaks later, as one that writes to a database does. */
@Catch()
class RejectingFilter implements ExceptionFilter {
  async catch(_exception: unknown, host: ArgumentsHost): Promise<never> {
    await wait(1);
    throw new Error(`cannot record a failure at ${SmtpContext.of(host).stage}`);
  }
}

const steps: readonly (readonly [Stage, (client: DialogueClient) => Promise<ReceivedReply>])[] = [
  ['auth', (client) => client.authPlain('ann', 'secret')],
  ['mail', (client) => client.command('MAIL FROM:<ann@example.com>')],
  ['rcpt', (client) => client.command('RCPT TO:<bob@example.com>')],
  ['data', (client) => client.command('DATA')],
];

/** Talks until the given stage, and gives its reply. */
async function replyAt(stage: Stage, client: DialogueClient): Promise<ReceivedReply> {
  for (const [name, step] of steps) {
    const reply = await step(client);
    if (name === stage) return reply;
    expect(reply.code).toBeLessThan(300);
  }
  throw new Error('no such stage');
}

describe.each<[filter: Type<ExceptionFilter>, message: RegExp]>([
  [BreakingFilter, /TypeError: .*status is not a function/],
  [RejectingFilter, /Error: cannot record a failure/],
])('a global filter that fails: %p', (filter, message) => {
  const plan = new Plan();
  let smtp: RunningSmtp;

  beforeAll(async () => {
    const providers = [
      { provide: Plan, useValue: plan },
      { provide: APP_FILTER, useClass: filter },
    ];
    smtp = await startSmtp({ controllers: [FailingController], providers });
  });
  afterAll(() => smtp.close());

  test.each<[Stage, string]>([
    ['auth', '454 4.7.0'],
    ['mail', '451 4.3.0'],
    ['rcpt', '451 4.3.0'],
    ['data', '451 4.3.0'],
  ])('at %s is %s, and the log names it; the session goes on', async (stage, expected) => {
    plan.failsAt = stage;
    smtp.log.lines.length = 0;
    const client = await smtp.connectSecurely();
    const reply = await replyAt(stage, client);
    expect(reply.raw).toEqual([expect.stringMatching(`^${expected} [A-Z][ A-Za-z,]+ \\([0-9a-f-]{36}\\)$`)]);
    expect(smtp.log.lines.filter((line) => line.startsWith('error'))).toEqual([expect.stringMatching(message)]);
    const line = smtp.log.find(message);
    expect(line).toContain(reply.raw[0]);
    expect(line).toContain(`at ${filter.name}.`); // where it broke
    expect(await client.command('NOOP')).toMatchObject({ code: 250 });
    await client.quit();
  });
});
