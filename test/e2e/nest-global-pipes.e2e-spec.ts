import { Controller, ParseIntPipe, type PipeTransform, UsePipes, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { IsEmail, IsInt, IsString } from 'class-validator';
import {
  type CommandInfo,
  CramMd5Auth,
  Envelope,
  ForwardPath,
  LazyMessage,
  MessageStream,
  PasswordAuth,
  ReversePath,
  ScramAuth,
  type ScramQuery,
  Session,
  SmtpAddress,
  SmtpAuth,
  SmtpClose,
  SmtpCommand,
  SmtpConnect,
  SmtpContext,
  SmtpCredentials,
  SmtpData,
  SmtpEnvelope,
  SmtpHeader,
  SmtpHello,
  SmtpMailFrom,
  SmtpMessage,
  SmtpParam,
  SmtpParsed,
  SmtpRcptTo,
  SmtpSecret,
  SmtpSecure,
  SmtpSession,
  SmtpSignal,
  SmtpTls,
  type TlsCipher,
  SmtpUser,
} from 'nestjs-smtp';
import { createHmac } from 'node:crypto';
import { ScramClient } from '../support/sasl.js';
import { base64, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

const STRICT = {
  transform: true,
  transformOptions: { enableImplicitConversion: true },
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validateCustomDecorators: true,
} as const;

/** Rules that no user of these tests keeps: nothing may apply them. */
class UserDto {
  @IsInt()
  name!: number;
}

class StaffLogin extends PasswordAuth {
  @IsEmail()
  declare username: string;

  get isStaff(): boolean {
    return true;
  }
}

class DigestLogin extends CramMd5Auth {
  @IsString()
  declare readonly username: string;
}

type Seen = Record<string, unknown>;

/** All stages with all parameters there are, typed as users type them. */
function controllers(seen: Seen, decorate: ClassDecorator) {
  @Controller()
  @decorate
  class StagesController {
    @SmtpConnect()
    connect(session: Session, context: SmtpContext, @SmtpSignal() signal: AbortSignal) {
      Object.assign(seen, { connect: [session, context, signal] });
    }

    @SmtpHello()
    hello(@SmtpTls() tls: TlsCipher | false, session: Session, @SmtpSession() same: Session) {
      Object.assign(seen, { hello: [session, same, tls] });
    }

    @SmtpSecure()
    secure(session: Session) {
      Object.assign(seen, { secure: [session] });
    }

    @SmtpSecret()
    secret(query: ScramQuery) {
      Object.assign(seen, { secret: [query] });
      return { password: 'pencil' };
    }

    @SmtpAuth('SCRAM-SHA-256')
    scram(auth: ScramAuth) {
      Object.assign(seen, { scram: [auth] });
      return auth.verified;
    }

    @SmtpAuth('CRAM-MD5')
    digest(@SmtpCredentials(DigestLogin) auth: DigestLogin) {
      Object.assign(seen, { digest: [auth] });
      return auth.validatePassword('pencil');
    }

    @SmtpAuth('PLAIN')
    login(@SmtpCredentials(StaffLogin) auth: StaffLogin, @SmtpUser() user: UserDto | undefined) {
      Object.assign(seen, { auth: [auth, user] });
      return { name: auth.username, extra: { kept: true } };
    }

    @SmtpMailFrom()
    sender(path: ReversePath, @SmtpUser() user: UserDto, @SmtpEnvelope() envelope: Envelope) {
      Object.assign(seen, { mail: [path, user, envelope] });
    }

    @SmtpRcptTo('ticket+:ticket@example.com', { listener: 'default' })
    recipient(
      @SmtpAddress() path: ForwardPath,
      @SmtpParam('ticket', ParseIntPipe) ticket: number,
      @SmtpParam('ticket') text: string,
    ) {
      Object.assign(seen, { rcpt: [path, ticket, text] });
    }

    @SmtpData('ticket+:ticket@example.com', { listener: 'default' })
    async receive(
      @SmtpHeader('subject') subject: string,
      @SmtpHeader('x-number', ParseIntPipe) number: number,
      @SmtpHeader('x-none') none: string | undefined,
      @SmtpMessage() message: MessageStream,
      @SmtpParam('ticket', ParseIntPipe) ticket: number,
      @SmtpEnvelope() envelope: Envelope,
      @SmtpUser() user: UserDto,
    ) {
      const text = Buffer.concat(await message.toArray()).toString();
      Object.assign(seen, { data: [subject, number, none, ticket, envelope, user, text, message] });
    }

    @SmtpData('parsed@example.com', { listener: 'default' })
    async parse(@SmtpParsed({ maxParts: 3 }) mail: LazyMessage, @SmtpHeader('subject') subject: string) {
      const parsed = await mail.parsed();
      Object.assign(seen, { parsed: [mail, parsed.subject, parsed.text, subject] });
    }

    @SmtpCommand('XSTATUS')
    status(command: CommandInfo, @SmtpSession() session: Session) {
      Object.assign(seen, { command: [command, session] });
    }

    @SmtpClose()
    close(session: Session, context: SmtpContext) {
      Object.assign(seen, { close: [session, context] });
    }
  }
  return [StagesController];
}

const nothing: ClassDecorator = () => undefined;
const pipes: readonly (readonly [string, PipeTransform])[] = [
  ['transform', new ValidationPipe({ transform: true })],
  [
    'implicit conversion',
    new ValidationPipe({ transform: true, transformOptions: { enableImplicitConversion: true } }),
  ],
  ['whitelist', new ValidationPipe({ whitelist: true })],
  ['forbidNonWhitelisted', new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })],
  ['validateCustomDecorators', new ValidationPipe({ validateCustomDecorators: true })],
  ['all of them', new ValidationPipe(STRICT)],
];

async function begin(decorate: ClassDecorator, pipe?: PipeTransform): Promise<{ smtp: RunningSmtp; seen: Seen }> {
  const seen: Seen = {};
  const providers = pipe === undefined ? [] : [{ provide: APP_PIPE, useValue: pipe }];
  return { smtp: await startSmtp({ controllers: controllers(seen, decorate), providers }), seen };
}

async function talkThrough({ smtp, seen }: { smtp: RunningSmtp; seen: Seen }): Promise<void> {
  const client = await smtp.connectSecurely();
  const [session] = smtp.transport.connections();
  expect(await client.command('XSTATUS now')).toMatchObject({ code: 250 });
  expect(seen).toMatchObject({
    connect: [expect.any(Session), expect.any(SmtpContext), expect.any(AbortSignal)],
    hello: [expect.any(Session), expect.any(Session), expect.objectContaining({ version: expect.any(String) })],
    command: [{ verb: 'XSTATUS', args: 'now' }, expect.any(Session)],
  });
  for (const stage of ['connect', 'hello', 'secure']) expect((seen[stage] as unknown[])[0]).toBe(session);

  expect(await client.authPlain('no-address', 'secret')).toMatchObject({ code: 535 });
  expect(seen['auth']).toBeUndefined();
  expect(await client.authPlain('ann@example.com', 'secret')).toMatchObject({ code: 235 });
  expect(seen['auth']).toEqual([expect.any(StaffLogin), undefined]);
  expect((seen['auth'] as [StaffLogin])[0]).toMatchObject({ isStaff: true, password: 'secret' });

  await client.command('MAIL FROM:<ann@example.com> SIZE=3');
  await client.command('RCPT TO:<ticket+017@example.com>');
  await client.command('DATA');
  const text = 'Subject: 12\r\nX-Number: 007\r\n\r\nhello\r\n';
  expect(await client.command(`${text}.`)).toMatchObject({ code: 250 });
  const user = { name: 'ann@example.com', extra: { kept: true } };
  const envelope = expect.any(Envelope) as unknown;
  expect(seen['mail']).toEqual([expect.any(ReversePath), user, envelope]);
  expect((seen['mail'] as [ReversePath])[0]).toMatchObject({ args: { SIZE: '3' } });
  expect(seen['rcpt']).toEqual([expect.any(ForwardPath), 17, '017']);
  expect(seen['data']).toEqual(['12', 7, undefined, 17, envelope, user, text, expect.any(MessageStream)]);

  const mail = { from: 'ann@example.com', to: ['parsed@example.com'], data: 'Subject: 12\r\n\r\nhello\r\n' };
  expect(await client.send(mail)).toMatchObject({ code: 250 });
  expect(seen['parsed']).toEqual([expect.any(LazyMessage), '12', expect.stringContaining('hello'), '12']);
  await client.quit();
  while (seen['close'] === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect(seen['close']).toEqual([session, expect.any(SmtpContext)]);
}

async function logInOtherwise({ smtp, seen }: { smtp: RunningSmtp; seen: Seen }): Promise<void> {
  const digest = await smtp.connectSecurely();
  const { lines } = await digest.command('AUTH CRAM-MD5');
  const proof = createHmac('md5', 'pencil').update(Buffer.from(lines[0]!, 'base64')).digest('hex');
  expect(await digest.command(base64(`ann ${proof}`))).toMatchObject({ code: 235 });
  expect(seen['digest']).toEqual([expect.any(DigestLogin)]);
  await digest.quit();

  const scram = await smtp.connectSecurely();
  const peer = new ScramClient({});
  const first = await scram.command(`AUTH SCRAM-SHA-256 ${base64(peer.first())}`);
  await scram.command(base64(peer.final(Buffer.from(first.lines[0]!, 'base64').toString())));
  expect(await scram.command('')).toMatchObject({ code: 235 });
  expect(seen['secret']).toEqual([expect.objectContaining({ username: 'user', mechanism: 'SCRAM-SHA-256' })]);
  expect(seen['scram']).toEqual([expect.any(ScramAuth)]);
  await scram.quit();
}

test.each<[string, PipeTransform | undefined, ClassDecorator]>([
  ['none', undefined, nothing],
  ...pipes.map(([name, pipe]): [string, PipeTransform, ClassDecorator] => [`global: ${name}`, pipe, nothing]),
  ['of the controller: all of them', undefined, UsePipes(new ValidationPipe(STRICT))],
])('a ValidationPipe, %s: every parameter of every stage is as it was sent', async (_name, pipe, decorate) => {
  const started = await begin(decorate, pipe);
  try {
    await talkThrough(started);
    await logInOtherwise(started);
  } finally {
    await started.smtp.close();
  }
});
