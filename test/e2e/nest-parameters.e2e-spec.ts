import { Controller, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Ctx } from '@nestjs/microservices';
import { IsString } from 'class-validator';
import {
  Envelope,
  ForwardPath,
  MessageStream,
  PasswordAuth,
  PlainAuth,
  ReversePath,
  Session,
  SmtpAddress,
  SmtpAuth,
  SmtpContext,
  SmtpCredentials,
  SmtpData,
  SmtpEnvelope,
  SmtpMailFrom,
  SmtpMessage,
  SmtpRcptTo,
  SmtpSession,
  SmtpSignal,
  SmtpTls,
  SmtpUser,
  type TlsCipher,
} from 'nestjs-smtp';
import { startSmtp } from '../support/nest-smtp.js';

class User {
  @IsString()
  name!: string;
}

/** Everything a handler can be given, as the handlers got it. */
type Seen = Record<string, unknown>;

function controller(seen: Seen) {
  @Controller()
  class EverythingController {
    @SmtpAuth('PLAIN')
    login(auth: PlainAuth, context: SmtpContext, @SmtpCredentials() credentials: PasswordAuth) {
      Object.assign(seen, { auth, authContext: context, credentials });
      return Object.assign(new User(), { name: auth.username, extra: { secret: 1 } });
    }

    @SmtpMailFrom()
    sender(@SmtpTls() tls: TlsCipher | false, path: ReversePath, @SmtpAddress() address: ReversePath) {
      Object.assign(seen, { tls, reversePath: path, sameReversePath: path === address });
      return `from ${path.address}`;
    }

    @SmtpRcptTo()
    recipient(@SmtpAddress() path: ForwardPath, @SmtpUser() user: User, @Ctx() nest: SmtpContext) {
      Object.assign(seen, { forwardPath: path, rcptUser: user, nestContext: nest });
    }

    @SmtpData()
    async receive(
      @SmtpMessage() message: MessageStream,
      @SmtpUser() user: User,
      @SmtpEnvelope() envelope: Envelope,
      @SmtpSession() session: Session,
      @SmtpSignal() signal: AbortSignal,
      first: MessageStream,
      second: SmtpContext,
    ) {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      Object.assign(seen, { message, user, envelope, session, signal, first, second, text });
    }
  }
  return EverythingController;
}

async function talk(pipe?: PipeTransform): Promise<Seen> {
  const seen: Seen = {};
  const providers = pipe === undefined ? [] : [{ provide: APP_PIPE, useValue: pipe }];
  const smtp = await startSmtp({ controllers: [controller(seen)], providers });
  try {
    const client = await smtp.connectSecurely();
    expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    expect((await client.command('MAIL FROM:<ann@example.com> SIZE=3')).raw).toEqual([
      '250 2.1.0 from ann@example.com',
    ]);
    expect(await client.command('RCPT TO:<bob@example.com>')).toMatchObject({ code: 250 });
    expect(await client.command('DATA')).toMatchObject({ code: 354 });
    expect(await client.command('hello\r\n.')).toMatchObject({ code: 250, enhanced: '2.6.0' });
    [seen['theSession']] = smtp.transport.connections();
    await client.quit();
  } finally {
    await smtp.close();
  }
  return seen;
}

function expectAllIntact(seen: Seen): void {
  expect(seen['auth']).toBeInstanceOf(PlainAuth);
  expect(seen['credentials']).toBe(seen['auth']);
  expect(seen['authContext']).toBeInstanceOf(SmtpContext);
  expect(seen['authContext']).toMatchObject({ stage: 'auth', command: { verb: 'AUTH', args: '' } });
  expect(seen['tls']).toMatchObject({ version: expect.stringMatching(/^TLSv1\.[23]$/) });
  expect(seen['reversePath']).toBeInstanceOf(ReversePath);
  expect(seen['reversePath']).toMatchObject({ address: 'ann@example.com', args: { SIZE: '3' } });
  expect(seen['sameReversePath']).toBe(true);
  expect(seen['forwardPath']).toBeInstanceOf(ForwardPath);
  expect(seen['nestContext']).toBeInstanceOf(SmtpContext);
  expect(seen['nestContext']).toMatchObject({ stage: 'rcpt', path: seen['forwardPath'] });
  expect((seen['nestContext'] as SmtpContext).session).toBe(seen['theSession']);
  expect(seen['rcptUser']).toBe(seen['user']);
  expect(seen['user']).toBeInstanceOf(User);
  expect(seen['user']).toEqual({ name: 'ann', extra: { secret: 1 } });
  expect(seen['message']).toBeInstanceOf(MessageStream);
  expect(seen['first']).toBe(seen['message']);
  expect(seen['second']).toMatchObject({ stage: 'data', message: seen['message'], envelope: seen['envelope'] });
  expect(seen['envelope']).toBeInstanceOf(Envelope);
  expect(seen['session']).toBe(seen['theSession']);
  expect(seen['signal']).toBeInstanceOf(AbortSignal);
  expect(seen['text']).toBe('hello\r\n');
}

test('handlers get what their parameters ask for', async () => {
  expectAllIntact(await talk());
});

/** A pipe of the kind that cleans all input: it takes apart and rebuilds whatever object it is given. */
@Injectable()
class RebuildingPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? { ...value } : value;
  }
}

test.each<[string, PipeTransform]>([
  ['transform', new ValidationPipe({ transform: true })],
  ['whitelist', new ValidationPipe({ whitelist: true })],
  ['forbidNonWhitelisted', new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })],
  ['validateCustomDecorators', new ValidationPipe({ validateCustomDecorators: true, forbidUnknownValues: true })],
  [
    'all of them',
    new ValidationPipe({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      validateCustomDecorators: true,
    }),
  ],
])('a global ValidationPipe with %s touches nothing of ours', async (_name, pipe) => {
  expectAllIntact(await talk(pipe));
});

test('a pipe that rebuilds everything touches nothing of ours but what Nest itself passes', async () => {
  const seen: Seen = {};
  @Controller()
  class PlainController {
    @SmtpAuth('PLAIN')
    login(auth: PlainAuth, context: SmtpContext) {
      Object.assign(seen, { auth, context });
      return true;
    }

    @SmtpMailFrom()
    sender() {
      seen['senderCalled'] = true;
    }
  }
  const smtp = await startSmtp({
    controllers: [PlainController],
    providers: [{ provide: APP_PIPE, useClass: RebuildingPipe }],
  });
  const client = await smtp.connectSecurely();
  expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
  expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 250 });
  expect(seen['auth']).toBeInstanceOf(PlainAuth);
  expect(seen['context']).toBeInstanceOf(SmtpContext);
  expect(seen['senderCalled']).toBe(true);
  await client.quit();
  await smtp.close();
});

test('a pipe that replaces functions is found out: 451, and the log says what to do', async () => {
  @Controller()
  class PlainController {
    @SmtpAuth('PLAIN')
    login(_auth: PlainAuth) {
      return true;
    }
  }
  const breaking: PipeTransform = { transform: () => 'gone' };
  const smtp = await startSmtp({
    controllers: [PlainController],
    providers: [{ provide: APP_PIPE, useValue: breaking }],
  });
  const client = await smtp.connectSecurely();
  expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 454 });
  expect(smtp.log.find(/a global pipe has replaced the value/)).toMatch(/^error/);
  await client.quit();
  await smtp.close();
});

test('a handler that ignores its arguments does not bring the global pipes into play', async () => {
  let calls = 0;
  const counting: PipeTransform = { transform: (value: unknown) => ((calls += 1), value) };
  @Controller()
  class DeafController {
    @SmtpAuth('PLAIN')
    login() {
      return true;
    }
  }
  const smtp = await startSmtp({
    controllers: [DeafController],
    providers: [{ provide: APP_PIPE, useValue: counting }],
  });
  const client = await smtp.connectSecurely();
  expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
  expect(calls).toBe(0);
  await client.quit();
  await smtp.close();
});
