import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Injectable,
  type OnModuleDestroy,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import {
  type CommandInfo,
  Reply,
  Session,
  SmtpClose,
  SmtpCommand,
  SmtpConnect,
  SmtpContext,
  SmtpData,
  SmtpException,
  SmtpHello,
  SmtpMessage,
  MessageStream,
  SmtpSecure,
  SmtpSession,
} from 'nestjs-smtp';
import { DialogueClient } from 'nestjs-smtp/testing';
import { connect } from 'node:net';
import { of } from 'rxjs';
import { portOf, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

type Stage = 'connect' | 'secure' | 'hello' | 'command' | 'close';

/** An application whose handlers do what they are told. */
class Script {
  run: Partial<Record<Stage, (session: Session) => unknown>> = {};
  readonly seen: unknown[] = [];
}

@Controller()
class StagesController {
  constructor(private readonly script: Script) {}

  @SmtpConnect()
  connect(session: Session, { stage, command }: SmtpContext) {
    this.script.seen.push([stage, session.remoteAddress, command]);
    return this.script.run.connect?.(session);
  }

  @SmtpSecure()
  secure(session: Session) {
    this.script.seen.push(['secure', session.secure]);
    return this.script.run.secure?.(session);
  }

  @SmtpHello()
  hello(session: Session, { command }: SmtpContext) {
    this.script.seen.push([command.verb, session.hostNameAppearsAs]);
    return this.script.run.hello?.(session);
  }

  @SmtpCommand('xstatus', 'VRFY')
  command(command: CommandInfo, @SmtpSession() session: Session) {
    this.script.seen.push([command.verb, command.args]);
    return this.script.run.command?.(session);
  }

  @SmtpClose()
  close(session: Session) {
    this.script.seen.push(['close', session.remoteAddress]);
    return this.script.run.close?.(session);
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    message.discard();
  }
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const raise = (error: unknown) => (): never => {
  throw error;
};
const options = { authOptional: true, recipients: 'any' } as const;

describe('the stages around the transaction', () => {
  const script = new Script();
  let smtp: RunningSmtp;

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [StagesController],
      providers: [{ provide: Script, useValue: script }],
      options,
    });
  });
  afterAll(() => smtp.close());
  beforeEach(async () => {
    await eventually(() => smtp.transport.connections().length === 0);
    script.run = {};
    script.seen.length = 0;
  });

  const dial = (): DialogueClient => new DialogueClient(connect({ host: '127.0.0.1', port: portOf(smtp.transport) }));

  async function greeting(): Promise<string> {
    const client = dial();
    const { raw } = await client.reply();
    client.destroy();
    return raw.join();
  }

  test('each is called in its turn, with the session', async () => {
    const client = await smtp.connectSecurely();
    await client.command('XSTATUS now');
    await client.quit();
    await eventually(() => script.seen.length >= 6);
    expect(script.seen).toEqual([
      ['connect', '127.0.0.1', { verb: '', args: '' }],
      ['EHLO', 'client.example'],
      ['secure', true],
      ['EHLO', 'client.example'],
      ['XSTATUS', 'now'],
      ['close', '127.0.0.1'],
    ]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['nothing', () => undefined, /^220 mail\.example\.com ESMTP/],
    ['true', () => of(true), /^220 mail/],
    ['a text, for which there is no room', () => 'welcome', /^220 mail\.example\.com ESMTP/],
    ['false', () => false, /^554 No SMTP service here/],
    ['null, promised', async () => null, /^554 /],
    ['a Reply', () => new Reply(554, undefined, 'Not you'), /^554 Not you/],
    ['an SmtpException', raise(new SmtpException(550, 'Go away')), /^550 Go away/],
    ['400', raise(new HttpException('x', 400)), /^554 /],
    ['403', raise(new ForbiddenException()), /^554 /],
    ['404', raise(new HttpException('x', 404)), /^554 /],
    ['401', raise(new UnauthorizedException()), /^554 /],
    ['413', raise(new HttpException('x', 413)), /^554 /],
    ['429', raise(new HttpException('x', 429)), /^421 Too many/],
    ['503', raise(new HttpException('x', 503)), /^421 Service not available.*\([0-9a-f-]{36}\)/],
    ['a bug', raise(new Error('secret inner text')), /^421 (?!.*secret)/],
  ])('connect: %s', async (_name, action, expected) => {
    script.run.connect = action;
    expect(await greeting()).toMatch(expected);
  });

  test('a text at connect is worth a warning, once', () => {
    const warnings = smtp.log.lines.filter((line) => /StagesController\.connect returned string/.test(line));
    expect(warnings).toEqual([expect.stringMatching(/at @SmtpConnect\(\) return a boolean or nothing/)]);
  });

  test('secure: refused after STARTTLS, the next command gets it and the connection closes', async () => {
    script.run.secure = () => false;
    const client = await smtp.connect();
    await client.ehlo();
    await client.startTls();
    expect(await client.ehlo()).toMatchObject({ code: 554 });
    await client.end();
  });

  test.each<[string, () => unknown, RegExp]>([
    ['false', () => false, /^550 Refused/],
    ['an SmtpException', raise(new SmtpException(553, 'Lies')), /^553 Lies/],
    ['401', raise(new UnauthorizedException()), /^530 /],
    ['429', raise(new HttpException('x', 429)), /^451 /],
    ['a bug', raise(new Error('inner')), /^451 .*\([0-9a-f-]{36}\)/],
  ])('hello: %s; all stays as it was', async (_name, action, expected) => {
    const client = await smtp.connect();
    script.run.hello = action;
    expect((await client.ehlo()).raw.join()).toMatch(expected);
    expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 503 });
    script.run = {};
    expect(await client.ehlo()).toMatchObject({ code: 250 });
    await client.quit();
  });

  test.each<[string, string, () => unknown, RegExp]>([
    ['an own verb: a text', 'XSTATUS', () => 'all well', /^250 2\.0\.0 all well$/],
    ['an own verb: nothing', 'XSTATUS', () => undefined, /^250 2\.0\.0 OK$/],
    ['an own verb: a Reply', 'xstatus', async () => new Reply(211, '2.0.0', 'one', 'two'), /^211-2\.0\.0 one,211 /],
    ['an own verb: false', 'XSTATUS', () => false, /^550 5\.7\.1 Refused$/],
    ['an own verb: a bug', 'XSTATUS', raise(new Error('inner')), /^451 4\.3\.0 (?!.*inner)/],
    ['a verb of the server: nothing', 'VRFY bob', () => of(undefined), /^252 /],
    [
      'a verb of the server: a Reply',
      'VRFY bob',
      () => new Reply(250, '2.1.5', 'Bob <bob@x.example>'),
      /^250 2\.1\.5 B/,
    ],
    ['a verb nobody handles', 'XOTHER', () => 'never', /^500 /],
  ])('command: %s', async (_name, line, action, expected) => {
    script.run.command = action;
    const client = await smtp.connect();
    await client.ehlo();
    expect((await client.command(line)).raw.join()).toMatch(expected);
    await client.quit();
  });

  test('close: what is thrown is logged, a connection that broke off is gone too', async () => {
    script.run.close = raise(new Error('statistics are down'));
    const client = await smtp.connect();
    client.destroy();
    await eventually(() => smtp.log.find(/statistics are down/) !== undefined);
    expect(smtp.log.find(/statistics are down/)).toMatch(/^error /);
  });
});

test('a handler for all verbs sees what no other one names, and lets it run', async () => {
  const seen: string[] = [];
  @Controller()
  class Watcher {
    @SmtpCommand()
    any({ verb, args }: CommandInfo) {
      seen.push(`${verb} ${args}`.trim());
    }

    @SmtpCommand('NOOP')
    noop() {
      return 'still here';
    }
  }
  const smtp = await startSmtp({ controllers: [Watcher, StagesController], providers: [Script], options });
  const client = await smtp.connect();
  await client.ehlo();
  expect((await client.command('NOOP')).raw).toEqual(['250 2.0.0 still here']);
  expect((await client.command('XUNKNOWN')).raw.join()).toMatch(/^500 /);
  expect((await client.command('AUTH PLAIN AGFubgBzZWNyZXQ=')).code).toBe(502);
  await client.quit();
  expect(seen).toEqual(['EHLO client.example', 'XUNKNOWN', 'AUTH', 'QUIT']);
  await smtp.close();
});

test('guards of methods and of all commands hold for them', async () => {
  @Injectable()
  class No implements CanActivate {
    canActivate(context: ExecutionContext) {
      return SmtpContext.of(context).stage === 'connect';
    }
  }
  @Injectable()
  class NotThisVerb implements CanActivate {
    canActivate(context: ExecutionContext) {
      return SmtpContext.of(context).command.verb !== 'XFORBIDDEN';
    }
  }
  const closed: string[] = [];
  @Controller()
  @UseGuards(No)
  class Guarded {
    @SmtpConnect()
    @SmtpHello()
    @SmtpCommand('XSTATUS', 'XFORBIDDEN')
    any() {
      return true;
    }

    @SmtpClose()
    close(session: Session) {
      closed.push(session.id);
    }
  }
  const smtp = await startSmtp({ controllers: [Guarded], options: { ...options, guards: [NotThisVerb] } });
  const client = await smtp.connect();
  expect((await client.ehlo()).raw).toEqual(['550 Refused']);
  expect((await client.command('XSTATUS')).raw).toEqual(['550 5.7.1 Refused']);
  expect((await client.command('XFORBIDDEN')).raw).toEqual(['550 5.7.1 Refused']);
  await client.quit();
  await smtp.close();
  expect(closed).toEqual([]);
  expect(smtp.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
});

test('a shutdown waits for the handlers of closed connections', async () => {
  const order: string[] = [];
  @Injectable()
  class Database implements OnModuleDestroy {
    onModuleDestroy() {
      order.push('database closed');
    }
  }
  @Controller()
  class Statistics {
    @SmtpClose()
    async close() {
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push('saved');
    }
  }
  const smtp = await startSmtp({ controllers: [Statistics], providers: [Database], options });
  await smtp.connect();
  await smtp.close();
  expect(order).toEqual(['saved', 'database closed']);
});
