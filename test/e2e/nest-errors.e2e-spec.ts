import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Injectable,
  type NestInterceptor,
  NotFoundException,
  PayloadTooLargeException,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { BaseRpcExceptionFilter, RpcException } from '@nestjs/microservices';
import {
  MessageStream,
  PasswordAuth,
  replies,
  SmtpAuth,
  SmtpContext,
  SmtpData,
  SmtpError,
  SmtpException,
  SmtpMailFrom,
  SmtpMessage,
  SmtpRcptTo,
} from 'nestjs-smtp';
import type { DialogueClient, ReceivedReply } from 'nestjs-smtp/testing';
import { from, map, type Observable, of, throwError } from 'rxjs';
import { type RunningSmtp, type SmtpSetup, startSmtp } from '../support/nest-smtp.js';

type Stage = 'auth' | 'mail' | 'rcpt' | 'data';

/** An application whose handlers do what they are told. */
class Script {
  run: Partial<Record<Stage, () => unknown>> = {};
}

@Controller()
class ScriptedController {
  constructor(private readonly script: Script) {}

  @SmtpAuth('PLAIN')
  login(_auth: PasswordAuth) {
    return this.script.run.auth?.() ?? true;
  }

  @SmtpMailFrom()
  sender() {
    return this.script.run.mail?.();
  }

  @SmtpRcptTo()
  recipient() {
    return this.script.run.rcpt?.();
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    message.discard();
    return this.script.run.data?.();
  }
}

const path: readonly Stage[] = ['auth', 'mail', 'rcpt', 'data'];

/** Talks until the given stage, and gives its reply. */
async function replyAt(stage: Stage, client: DialogueClient): Promise<ReceivedReply> {
  const steps: Record<Stage, () => Promise<ReceivedReply>> = {
    auth: () => client.authPlain('ann', 'secret'),
    mail: () => client.command('MAIL FROM:<ann@example.com>'),
    rcpt: () => client.command('RCPT TO:<bob@example.com>'),
    async data() {
      const reply = await client.command('DATA');
      return reply.code === 354 ? client.command('hello\r\n.') : reply;
    },
  };
  for (const step of path) {
    const reply = await steps[step]();
    if (step === stage) return reply;
    if (reply.code >= 400) throw new Error(`${step}: ${reply.raw.join()}`);
  }
  throw new Error('no such stage');
}

async function withApp<T>(setup: SmtpSetup, use: (smtp: RunningSmtp) => Promise<T>): Promise<T> {
  const smtp = await startSmtp({ ...setup, options: { maxFailedLogins: false, ...setup.options } });
  try {
    return await use(smtp);
  } finally {
    await smtp.close();
  }
}

describe('everything thrown becomes a reply', () => {
  const script = new Script();
  let smtp: RunningSmtp;

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [ScriptedController],
      providers: [{ provide: Script, useValue: script }],
      options: { maxFailedLogins: false },
    });
  });
  afterAll(() => smtp.close());

  async function replyTo(stage: Stage, action: () => unknown): Promise<ReceivedReply> {
    const client = await smtp.connectSecurely();
    script.run = { [stage]: action };
    const reply = await replyAt(stage, client);
    client.destroy();
    return reply;
  }

  const raise = (error: unknown) => (): never => {
    throw error;
  };
  const status = (code: number): HttpException => new HttpException('inner text', code);

  test.each<[Stage, string, unknown, string]>([
    ['auth', '400', status(400), '535 5.7.8'],
    ['auth', '422', status(422), '535 5.7.8'],
    ['auth', '401', new UnauthorizedException(), '535 5.7.8'],
    ['auth', '403', new ForbiddenException(), '535 5.7.8'],
    ['auth', '404', new NotFoundException(), '535 5.7.8'],
    ['auth', '413', new PayloadTooLargeException(), '535 5.7.8'],
    ['auth', '429', status(429), '454 4.7.0'],
    ['auth', '503', status(503), '454 4.7.0'],
    ['mail', '400', status(400), '550 5.7.1'],
    ['mail', '422', status(422), '550 5.7.1'],
    ['mail', '401', new UnauthorizedException(), '530 5.7.0'],
    ['mail', '403', new ForbiddenException(), '550 5.7.1'],
    ['mail', '404', new NotFoundException(), '550 5.7.1'],
    ['mail', '413', new PayloadTooLargeException(), '552 5.3.4'],
    ['mail', '429', status(429), '451 4.7.1'],
    ['mail', '500', status(500), '451 4.3.0'],
    ['rcpt', '400', status(400), '550 5.7.1'],
    ['rcpt', '422', status(422), '550 5.7.1'],
    ['rcpt', '401', new UnauthorizedException(), '530 5.7.0'],
    ['rcpt', '403', new ForbiddenException(), '550 5.7.1'],
    ['rcpt', '404', new NotFoundException(), '550 5.1.1'],
    ['rcpt', '413', new PayloadTooLargeException(), '552 5.3.4'],
    ['rcpt', '429', status(429), '451 4.7.1'],
    ['rcpt', '500', status(500), '451 4.3.0'],
    ['data', '400', status(400), '554 5.7.1'],
    ['data', '422', status(422), '554 5.7.1'],
    ['data', '401', new UnauthorizedException(), '530 5.7.0'],
    ['data', '403', new ForbiddenException(), '554 5.7.1'],
    ['data', '404', new NotFoundException(), '554 5.7.1'],
    ['data', '413', new PayloadTooLargeException(), '552 5.3.4'],
    ['data', '429', status(429), '451 4.7.1'],
    ['data', '500', status(500), '451 4.3.0'],
    ['auth', 'an unknown error', new Error('inner text'), '454 4.7.0'],
    ['mail', 'an unknown error', new TypeError('inner text'), '451 4.3.0'],
    ['rcpt', 'something that is no error', 'inner text', '451 4.3.0'],
    ['data', 'a plain RpcException', new RpcException('inner text'), '451 4.3.0'],
    ['mail', 'SmtpError', new SmtpError(replies.storageFull, { cause: new Error('inner text') }), '452 4.3.1'],
  ])('%s, %s → reply', async (stage, _name, error, expected) => {
    const reply = await replyTo(stage, raise(error));
    expect(reply.raw[0]!.slice(0, 9)).toBe(expected);
    expect(reply.raw.join()).not.toMatch(/inner text/);
  });

  test('an unknown error has an id that stands in the log as well, with its cause', async () => {
    const reply = await replyTo('rcpt', raise(new Error('disk on fire')));
    const id = /\(([0-9a-f-]{36})\)$/.exec(reply.lines[0]!)![1]!;
    const line = smtp.log.lines.find((candidate) => candidate.includes(id));
    expect(line).toMatch(/^error 451 4\.3\.0 .*Error: disk on fire.*\[session [0-9a-v]{16}, 127\.0\.0\.1\]/);
  });

  test('an SmtpException is the reply; its cause is for the log', async () => {
    const cause = new Error('quota of bob is 0');
    const reply = await replyTo('rcpt', raise(new SmtpException(552, 'Mailbox full', { enhanced: '5.2.2', cause })));
    expect(reply.raw).toEqual(['552 5.2.2 Mailbox full']);
    expect(smtp.log.find(/quota of bob is 0/)).toMatch(/^warn 552 5\.2\.2 Mailbox full/);
  });

  test('421 closes the connection after the reply', async () => {
    const client = await smtp.connectSecurely();
    script.run = { mail: raise(new SmtpException(421, 'Come back tomorrow')) };
    expect(await replyAt('mail', client)).toMatchObject({ code: 421 });
    await client.end();
  });

  test.each<[string, Stage, () => unknown, string]>([
    ['a string', 'mail', () => 'welcome', '250 2.1.0 welcome'],
    ['an Observable', 'rcpt', () => of('first', 'last'), '250 2.1.5 last'],
    ['an Observable of a promise', 'data', () => from(Promise.resolve('kept')), '250 2.6.0 kept'],
    ['a failing Observable', 'mail', () => throwError(() => new SmtpException(550, 'no')), '550 5.7.1 no'],
    ['an empty Observable', 'mail', () => of<string[]>().pipe(map(String)), '250 2.1.0 Sender OK'],
    ['null at MAIL', 'mail', () => null, '550 5.7.1 Refused'],
    ['false at RCPT', 'rcpt', () => false, '550 5.1.1 Mailbox unavailable'],
    ['null at DATA', 'data', () => null, '554 5.7.1 Message refused'],
    ['several lines', 'mail', () => 'one\r\n250 two', '250 2.1.0 one 250 two'],
  ])('%s as a result', async (_name, stage, action, expected) => {
    expect((await replyTo(stage, action)).raw).toEqual([expected]);
  });

  test('a value that says nothing accepts, and is worth a warning, once', async () => {
    for (let times = 0; times < 2; times++) {
      expect(await replyTo('mail', () => ({ accepted: false }))).toMatchObject({ code: 250 });
    }
    const warnings = smtp.log.lines.filter((line) => /ScriptedController\.sender returned object/.test(line));
    expect(warnings).toEqual([expect.stringMatching(/^warn .*@SmtpMailFrom\(\)/)]);
  });

  test('a forgotten await does not become a 250; the log names the method', async () => {
    @Controller()
    class HastyController {
      @SmtpAuth('PLAIN')
      login() {
        return true;
      }

      @SmtpData()
      receive(@SmtpMessage() message: MessageStream) {
        message.on('data', () => undefined);
        return 'done';
      }
    }
    await withApp({ controllers: [HastyController] }, async ({ connectSecurely, log }) => {
      const client = await connectSecurely();
      expect(await replyAt('data', client)).toMatchObject({ code: 451, enhanced: '4.3.0' });
      expect(log.find(/HastyController\.receive/)).toMatch(/^error .*await/);
      await client.quit();
    });
  });

  test('a refusal at DATA comes instead of 354', async () => {
    @Controller()
    class RefusingController {
      @SmtpAuth('PLAIN')
      login() {
        return true;
      }

      @SmtpData()
      receive() {
        throw new SmtpException(554, 'not today');
      }
    }
    await withApp({ controllers: [RefusingController] }, async ({ connectSecurely }) => {
      const client = await connectSecurely();
      for (const line of ['AUTH PLAIN AGEAYg==', 'MAIL FROM:<a@b.example>', 'RCPT TO:<b@b.example>']) {
        expect((await client.command(line)).code).toBeLessThan(300);
      }
      expect((await client.command('DATA')).raw).toEqual(['554 5.7.1 not today']);
      await client.quit();
    });
  });
});

describe('enhancers of Nest', () => {
  const calls: string[] = [];

  @Injectable()
  class NoEve implements CanActivate {
    canActivate(context: ExecutionContext) {
      return SmtpContext.of(context).path?.address !== 'eve@example.com';
    }
  }

  @Injectable()
  class Recorder implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      calls.push(SmtpContext.of(context).stage);
      return next.handle().pipe(map((value) => (typeof value === 'string' ? `${value}!` : value)));
    }
  }

  class Moved extends Error {}

  @Catch(Moved)
  class MovedFilter implements ExceptionFilter {
    catch(error: Moved, host: ArgumentsHost): Observable<never> {
      return throwError(() => new SmtpException(551, `${SmtpContext.of(host).path?.address} ${error.message}`));
    }
  }

  @Controller()
  @UseGuards(NoEve)
  class GuardedController {
    @SmtpAuth('PLAIN')
    @UseInterceptors(Recorder)
    login() {
      return { name: 'ann' };
    }

    @SmtpMailFrom()
    @UseInterceptors(Recorder)
    sender() {
      return 'welcome';
    }

    @SmtpRcptTo()
    @UseFilters(MovedFilter)
    recipient() {
      throw new Moved('has moved');
    }
  }

  test('guards, interceptors and filters of class and method run', async () => {
    await withApp({ controllers: [GuardedController] }, async ({ connectSecurely, transport }) => {
      const client = await connectSecurely();
      expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 235 });
      expect(transport.connections()[0]!.user).toEqual({ name: 'ann' });
      expect((await client.command('MAIL FROM:<eve@example.com>')).raw).toEqual(['550 5.7.1 Refused']);
      expect((await client.command('MAIL FROM:<ann@example.com>')).raw).toEqual(['250 2.1.0 welcome!']);
      expect((await client.command('RCPT TO:<eve@example.com>')).raw).toEqual(['550 5.1.1 Mailbox unavailable']);
      expect((await client.command('RCPT TO:<bob@example.com>')).raw).toEqual(['551 5.0.0 bob@example.com has moved']);
      expect(calls).toEqual(['auth', 'mail']);
      await client.quit();
    });
  });

  test('global ones are inherited: APP_GUARD, APP_INTERCEPTOR, APP_FILTER', async () => {
    class OnlyTls implements CanActivate {
      canActivate(context: ExecutionContext) {
        if (SmtpContext.of(context).session.hostNameAppearsAs === 'bad.example') throw new ForbiddenException();
        return true;
      }
    }
    const providers = [
      { provide: APP_GUARD, useClass: OnlyTls },
      { provide: APP_INTERCEPTOR, useClass: Recorder },
      { provide: APP_FILTER, useClass: MovedFilter },
    ];
    calls.length = 0;
    @Controller()
    class BareController {
      @SmtpAuth('PLAIN')
      login() {
        return true;
      }

      @SmtpRcptTo()
      recipient() {
        throw new Moved('has moved');
      }
    }
    await withApp({ controllers: [BareController], providers }, async ({ connectSecurely, log }) => {
      expect(log.lines).toContainEqual(
        expect.stringMatching(/^log global guards OnlyTls; interceptors Recorder; filters MovedFilter run for mail/),
      );
      const client = await connectSecurely();
      await client.ehlo('bad.example');
      expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 535 });
      await client.ehlo('good.example');
      expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 235 });
      await client.command('MAIL FROM:<ann@example.com>');
      expect(await client.command('RCPT TO:<bob@example.com>')).toMatchObject({ code: 551 });
      expect(calls).toEqual(['auth', 'rcpt']);
      await client.quit();
    });
  });

  test('a filter that uses what Nest makes of exceptions keeps the reply of an SmtpException', async () => {
    @Catch()
    class Everything extends BaseRpcExceptionFilter {
      override catch(exception: unknown, host: ArgumentsHost): Observable<unknown> {
        calls.push('filter');
        return super.catch(exception, host) as Observable<unknown>;
      }
    }
    @Controller()
    class ThrowingController {
      @SmtpAuth('PLAIN')
      login() {
        throw new SmtpException(535, 'my own text');
      }
    }
    const providers = [{ provide: APP_FILTER, useClass: Everything }];
    await withApp({ controllers: [ThrowingController], providers }, async ({ connectSecurely }) => {
      const client = await connectSecurely();
      expect((await client.authPlain('ann', 'x')).raw).toEqual(['535 5.7.8 my own text']);
      expect(calls.at(-1)).toBe('filter');
      await client.quit();
    });
  });

  test('a filter made for HTTP that breaks is 4yz and a line in the log, never more', async () => {
    @Catch()
    class HttpOnly implements ExceptionFilter {
      catch(_exception: unknown, host: ArgumentsHost): void {
        host.switchToHttp().getResponse<{ status(code: number): void }>().status(500);
      }
    }
    @Controller()
    class ThrowingController {
      @SmtpAuth('PLAIN')
      login() {
        throw new Error('inner text');
      }
    }
    const providers = [{ provide: APP_FILTER, useClass: HttpOnly }];
    await withApp({ controllers: [ThrowingController], providers }, async ({ connectSecurely, log }) => {
      const client = await connectSecurely();
      expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 454 });
      expect(log.find(/TypeError: .*status is not a function/)).toMatch(/HttpOnly/);
      await client.quit();
    });
  });

  test('request-scoped controllers work, and their errors are mapped as well', async () => {
    const seen: unknown[] = [];
    @Injectable({ scope: 2 })
    class PerStep {
      constructor() {
        seen.push(this);
      }
    }
    @Controller()
    class ScopedController {
      constructor(private readonly step: PerStep) {}

      @SmtpAuth('PLAIN')
      login(auth: PasswordAuth) {
        if (auth.password !== 'x') throw new Error('inner text');
        return { step: seen.indexOf(this.step) };
      }
    }
    await withApp({ controllers: [ScopedController], providers: [PerStep] }, async ({ connectSecurely, transport }) => {
      const client = await connectSecurely();
      expect(await client.authPlain('ann', 'wrong')).toMatchObject({ code: 454 });
      expect(await client.authPlain('ann', 'x')).toMatchObject({ code: 235 });
      expect(transport.connections()[0]!.user).toEqual({ step: 1 });
      await client.quit();
    });
  });

  test('a handshake that fails is a line for debugging: port scanners must not fill the log', async () => {
    await withApp({ controllers: [ScriptedController], providers: [Script] }, async ({ connect, log }) => {
      const client = await connect();
      await client.command('STARTTLS');
      client.write('no handshake\r\n');
      await expect(client.reply()).rejects.toThrow('the server closed the connection');
      const lines = log.lines.filter((line) => /handshake/.test(line));
      expect(lines).toEqual([
        expect.stringMatching(/^debug the TLS handshake failed: .*\[session \w+, 127\.0\.0\.1\]/),
      ]);
      expect(log.find(/^error/)).toBeUndefined();
    });
  });
});
