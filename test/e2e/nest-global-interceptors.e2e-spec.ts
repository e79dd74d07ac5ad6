import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Scope,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import {
  Envelope,
  type ForwardPath,
  MessageStream,
  PasswordAuth,
  Reply,
  SmtpAuth,
  SmtpCommand,
  SmtpContext,
  SmtpData,
  SmtpEnvelope,
  SmtpHello,
  SmtpMailFrom,
  SmtpMessage,
  SmtpRcptTo,
  type ReversePath,
} from 'nestjs-smtp';
import { map, of } from 'rxjs';
import { type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

/** Says no to the name `no`, in each of the ways there are, and yes to all others. */
@Controller()
class DecidingController {
  @SmtpHello()
  hello({ hostNameAppearsAs }: { readonly hostNameAppearsAs: string | false }) {
    return hostNameAppearsAs !== 'no.example';
  }

  @SmtpAuth('PLAIN')
  async login({ username }: PasswordAuth) {
    if (username === 'nothing') return undefined;
    return username === 'no' ? null : { username };
  }

  @SmtpMailFrom()
  sender({ localPart }: ReversePath) {
    return of(localPart === 'no' ? null : 'welcome');
  }

  @SmtpRcptTo()
  recipient({ localPart }: ForwardPath) {
    return localPart !== 'no';
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream, @SmtpEnvelope() { rcptTo }: Envelope) {
    message.discard();
    const [first] = rcptTo;
    if (first!.localPart === 'each') return rcptTo.map(({ localPart }) => localPart === 'each');
    return first!.localPart !== 'never';
  }

  @SmtpCommand('XSTATUS')
  status() {
    return false;
  }
}

/** As Nest's own documentation maps what goes to HTTP clients. */
const MAPPINGS: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['wraps it', (data) => ({ data })],
  ['leaves out null', (value) => value ?? ''],
  ['counts the answers', (value) => [value]],
];

describe.each(MAPPINGS)('a global interceptor that maps what handlers return: %s', (_name, mapping) => {
  let smtp: RunningSmtp;

  @Injectable()
  class Mapping implements NestInterceptor {
    intercept(_host: ExecutionContext, next: CallHandler) {
      return next.handle().pipe(map(mapping));
    }
  }

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [DecidingController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: Mapping }],
      options: { maxFailedLogins: false, authFailureDelayMs: false },
    });
  });
  afterAll(() => smtp.close());

  test('no stays no', async () => {
    const client = await smtp.connectSecurely();
    expect(await client.ehlo('no.example')).toMatchObject({ code: 550 });
    expect(await client.authPlain('no', 'x')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    expect(await client.authPlain('nothing', 'x')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    expect(await client.command('XSTATUS')).toMatchObject({ code: 550 });
    expect(await client.authPlain('yes', 'x')).toMatchObject({ code: 235 });
    expect(await client.command('MAIL FROM:<no@example.com>')).toMatchObject({ code: 550 });
    expect(await client.command('MAIL FROM:<yes@example.com>')).toMatchObject({ code: 250 });
    expect(await client.command('RCPT TO:<no@example.com>')).toMatchObject({ code: 550 });
    expect(await client.command('RCPT TO:<never@example.com>')).toMatchObject({ code: 250 });
    await client.command('DATA');
    expect(await client.command('.')).toMatchObject({ code: 554 });
    const mail = { from: 'a@example.com', data: 'hello' };
    expect(await client.send({ ...mail, to: ['each@example.com', 'other@example.com'] })).toMatchObject({ code: 554 });
    await client.quit();
  });
});

test('one that knows of mail may say no in its own words, and make a text of what was taken', async () => {
  const polite: NestInterceptor = {
    intercept: (host, next) =>
      next.handle().pipe(
        map((value: unknown) => {
          if (value === false) return new Reply(551, '5.1.6', 'Has moved');
          return SmtpContext.of(host).stage === 'rcpt' ? 'gladly' : value;
        }),
      ),
  };
  const smtp = await startSmtp({
    controllers: [DecidingController],
    providers: [{ provide: APP_INTERCEPTOR, useValue: polite }],
  });
  const client = await smtp.connectSecurely();
  await client.authPlain('yes', 'x');
  expect((await client.command('MAIL FROM:<a@example.com>')).raw).toEqual(['250 2.1.0 welcome']);
  expect((await client.command('RCPT TO:<no@example.com>')).raw).toEqual(['551 5.1.6 Has moved']);
  expect((await client.command('RCPT TO:<a@example.com>')).raw).toEqual(['250 2.1.5 gladly']);
  await client.quit();
  await smtp.close();
});

test('one that is made for each request does not do it either', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Mapping implements NestInterceptor {
    intercept(_host: ExecutionContext, next: CallHandler) {
      return next.handle().pipe(map((data: unknown) => ({ data })));
    }
  }
  const smtp = await startSmtp({
    controllers: [DecidingController],
    providers: [{ provide: APP_INTERCEPTOR, useClass: Mapping, scope: Scope.REQUEST }],
  });
  const client = await smtp.connectSecurely();
  expect(await client.authPlain('no', 'x')).toMatchObject({ code: 535 });
  expect(await client.authPlain('yes', 'x')).toMatchObject({ code: 235 });
  expect(smtp.transport.connections()).toMatchObject([{ user: { data: { username: 'yes' } } }]);
  await client.quit();
  await smtp.close();
});
