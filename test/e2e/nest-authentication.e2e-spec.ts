import { createHmac } from 'node:crypto';
import { Controller, Injectable } from '@nestjs/common';
import { IsEmail } from 'class-validator';
import {
  CramMd5Auth,
  PasswordAuth,
  SmtpAuth,
  SmtpAuthChallenge,
  type SmtpAuthObject,
  SmtpContext,
  SmtpCredentials,
  SmtpData,
  SmtpException,
  SmtpMessage,
  SmtpUser,
  XClientAuth,
  XOAuth2Auth,
} from 'nestjs-smtp';
import { MessageStream } from 'nestjs-smtp';
import { of } from 'rxjs';
import { base64, type RunningSmtp, startSmtp } from '../support/nest-smtp.js';

interface Account {
  readonly id: number;
  readonly email: string;
  readonly password: string;
}

@Injectable()
class UsersService {
  private readonly accounts: Account[] = [{ id: 1, email: 'ann@example.com', password: 'secret' }];

  async findByEmail(email: string): Promise<Account | undefined> {
    return this.accounts.find((account) => account.email === email);
  }
}

@Injectable()
class TokenService {
  async verify(token: string): Promise<{ email: string; name: string }> {
    if (token !== 'good-token') throw new Error('unknown token');
    return { email: 'ann@example.com', name: 'Ann' };
  }
}

@Controller()
class AuthController {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: TokenService,
  ) {}

  @SmtpAuth('CRAM-MD5')
  async cramMd5(auth: CramMd5Auth) {
    const user = await this.users.findByEmail(auth.username);
    return user && auth.validatePassword(user.password) ? { id: user.id, email: user.email } : null;
  }

  @SmtpAuth('XOAUTH2')
  async oauth(auth: XOAuth2Auth) {
    const token = await this.tokens.verify(auth.accessToken).catch(() => null);
    if (token?.email === auth.username) return { email: token.email, name: token.name };
    throw new SmtpAuthChallenge({ status: '401', schemes: 'bearer', scope: 'https://mail.google.com/' });
  }

  @SmtpAuth('XCLIENT')
  proxied(auth: XClientAuth) {
    return this.users.findByEmail(auth.username);
  }

  @SmtpAuth()
  async any(auth: SmtpAuthObject, context: SmtpContext) {
    switch (auth.method) {
      case 'PLAIN':
      case 'LOGIN': {
        const user = await this.users.findByEmail(auth.username);
        if (user?.password === auth.password) return { email: user.email, by: context.command.verb };
        throw new SmtpException(535, 'Invalid username or password');
      }
      default:
        throw new SmtpException(504, `no ${auth.method} here`);
    }
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream, @SmtpUser() user: unknown) {
    message.discard();
    return JSON.stringify(user);
  }
}

describe('logins by several mechanisms', () => {
  let smtp: RunningSmtp;

  beforeAll(async () => {
    smtp = await startSmtp({
      controllers: [AuthController],
      providers: [UsersService, TokenService],
      options: { useXClient: ['127.0.0.1'], maxFailedLogins: false },
    });
  });
  afterAll(() => smtp.close());

  async function userAfter(auth: Record<string, unknown>): Promise<unknown> {
    const mailer = smtp.mailer(auth);
    try {
      const sent = await mailer.sendMail({ from: 'ann@example.com', to: 'bob@example.com', text: 'x' });
      return JSON.parse(String(sent.response).replace('250 2.6.0 ', ''));
    } finally {
      mailer.close();
    }
  }

  test('offers what the handlers name, and LOGIN and PLAIN for the bare one; XCLIENT is no mechanism', async () => {
    const client = await smtp.connect();
    expect((await client.ehlo()).lines.filter((line) => /^AUTH/.test(line))).toEqual([]);
    await client.startTls();
    const { lines } = await client.ehlo();
    expect(lines).toContain('AUTH CRAM-MD5 XOAUTH2 LOGIN PLAIN');
    await client.quit();
  });

  test.each([
    ['PLAIN', { user: 'ann@example.com', pass: 'secret', method: 'PLAIN' }],
    ['LOGIN', { user: 'ann@example.com', pass: 'secret', method: 'LOGIN' }],
  ])('%s with a standard client: the user is what the handler returned', async (_method, auth) => {
    expect(await userAfter(auth)).toEqual({ email: 'ann@example.com', by: 'AUTH' });
  });

  test('CRAM-MD5 with a standard client goes to its own handler', async () => {
    const auth = { user: 'ann@example.com', pass: 'secret', method: 'CRAM-MD5' };
    expect(await userAfter(auth)).toEqual({ id: 1, email: 'ann@example.com' });
  });

  test('CRAM-MD5: a digest with another password is 535 5.7.8, and the session stays usable', async () => {
    const client = await smtp.connectSecurely();
    const digest = (challenge: string, password: string): string => {
      const nonce = Buffer.from(challenge, 'base64');
      return base64(`ann@example.com ${createHmac('md5', password).update(nonce).digest('hex')}`);
    };
    const first = await client.command('AUTH CRAM-MD5');
    expect(await client.command(digest(first.lines[0]!, 'wrong'))).toMatchObject({ code: 535, enhanced: '5.7.8' });
    const second = await client.command('AUTH CRAM-MD5');
    expect(await client.command(digest(second.lines[0]!, 'secret'))).toMatchObject({ code: 235 });
    await client.quit();
  });

  test('XOAUTH2 with a standard client', async () => {
    const auth = { type: 'OAuth2', user: 'ann@example.com', accessToken: 'good-token' };
    expect(await userAfter(auth)).toEqual({ email: 'ann@example.com', name: 'Ann' });
  });

  test('SmtpAuthChallenge goes out as 334 with JSON, and 535 follows', async () => {
    const client = await smtp.connectSecurely();
    const response = base64('user=ann@example.com\x01auth=Bearer bad-token\x01\x01');
    const challenge = await client.command(`AUTH XOAUTH2 ${response}`);
    expect(challenge.code).toBe(334);
    expect(JSON.parse(Buffer.from(challenge.lines[0]!, 'base64').toString())).toEqual({
      status: '401',
      schemes: 'bearer',
      scope: 'https://mail.google.com/',
    });
    expect(await client.command('')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    await client.quit();
  });

  test('an SmtpException has its own text and code', async () => {
    const client = await smtp.connectSecurely();
    const reply = await client.authPlain('ann@example.com', 'wrong');
    expect(reply.raw).toEqual(['535 5.7.8 Invalid username or password']);
    await client.quit();
  });

  test('XCLIENT LOGIN from a trusted proxy goes to its handler; somebody unknown is refused', async () => {
    const client = await smtp.connect();
    await client.ehlo('proxy.example');
    expect(await client.command('XCLIENT ADDR=192.0.2.9 LOGIN=ann@example.com')).toMatchObject({ code: 220 });
    await client.ehlo();
    expect(await client.send({ from: 'ann@example.com', to: ['bob@example.com'], data: 'x' })).toMatchObject({
      code: 250,
      lines: [expect.stringContaining('"password":"secret"')],
    });
    await client.quit();

    const other = await smtp.connect();
    expect((await other.command('XCLIENT LOGIN=eve@example.com')).code).toBeGreaterThanOrEqual(500);
    await other.end();
  });
});

class StaffLogin extends PasswordAuth {
  @IsEmail()
  declare username: string;

  get isStaff(): boolean {
    return this.username.endsWith('@staff.example');
  }
}

describe('credentials as an own, validated class', () => {
  let smtp: RunningSmtp;
  const seen: unknown[] = [];

  @Controller()
  class StaffController {
    @SmtpAuth('PLAIN', 'CRAM-MD5')
    staff(@SmtpCredentials(StaffLogin) auth: StaffLogin) {
      seen.push(auth);
      return auth.isStaff && auth.password === 'secret';
    }

    @SmtpAuth('LOGIN')
    plain(@SmtpCredentials() auth: PasswordAuth, context: unknown) {
      seen.push(auth === context);
      return of(auth.username === 'bob' ? 'bob' : undefined);
    }
  }

  beforeAll(async () => (smtp = await startSmtp({ controllers: [StaffController] })));
  afterAll(() => smtp.close());

  test('the handler gets an instance with all fields', async () => {
    const client = await smtp.connectSecurely();
    expect(await client.authPlain('ann@staff.example', 'secret')).toMatchObject({ code: 235 });
    const auth = seen.at(-1) as StaffLogin;
    expect(auth).toBeInstanceOf(StaffLogin);
    expect({ ...auth }).toEqual({
      method: 'PLAIN',
      username: 'ann@staff.example',
      authcid: 'ann@staff.example',
      authzid: '',
      password: 'secret',
    });
    const [session] = smtp.transport.connections();
    expect(session).toMatchObject({ user: { username: 'ann@staff.example' }, authMethod: 'PLAIN' });
    await client.quit();
  });

  test('invalid ones are 535 5.7.8; the log has the rule and no value', async () => {
    const client = await smtp.connectSecurely();
    const calls = seen.length;
    const reply = await client.authPlain('no-address', 'hunter2');
    expect(reply.raw).toEqual(['535 5.7.8 Authentication credentials invalid']);
    expect(seen).toHaveLength(calls);
    expect(smtp.log.find(/StaffLogin refuses/)).toMatch(/^warn 535 5\.7\.8.*username: isEmail/);
    expect(smtp.log.lines.join()).not.toMatch(/hunter2|no-address/);
    await client.quit();
  });

  test('credentials of another kind than the class are a mistake of ours: 454, and the log says which', async () => {
    const client = await smtp.connectSecurely();
    await client.command('AUTH CRAM-MD5');
    expect(await client.command(base64(`ann ${'0'.repeat(32)}`))).toMatchObject({ code: 454, enhanced: '4.7.0' });
    expect(smtp.log.find(/StaffLogin is a PasswordAuth, but the client used CRAM-MD5/)).toMatch(/^error/);
    await client.quit();
  });

  test('without a class they are the credentials as they are; an Observable is an answer too', async () => {
    const client = await smtp.connectSecurely();
    const login = async (username: string) => {
      await client.command('AUTH LOGIN');
      await client.command(base64(username));
      return client.command(base64('x'));
    };
    expect(await login('eve')).toMatchObject({ code: 535 });
    expect(await login('bob')).toMatchObject({ code: 235 });
    expect(seen.at(-1)).toBe(true);
    expect(smtp.transport.connections()[0]).toMatchObject({ user: 'bob' });
    await client.quit();
  });

  test('a class that is none of the auth classes is refused when it is loaded', () => {
    class NoAuth {}
    expect(() => SmtpCredentials(NoAuth as never)).toThrow(/NoAuth.*must extend PasswordAuth/);
  });
});

describe('what a handler may answer', () => {
  test.each<[string, unknown, number, string | undefined]>([
    ['a user', { id: 1 }, 235, '2.7.0'],
    ['true', true, 235, '2.7.0'],
    ['null', null, 535, '5.7.8'],
    ['false', false, 535, '5.7.8'],
    ['undefined', undefined, 535, '5.7.8'],
    ['SmtpAuthChallenge at PLAIN', new SmtpAuthChallenge({ status: '401' }), 535, '5.7.8'],
    ['an error', new Error('database is down'), 454, '4.7.0'],
  ])('%s', async (_name, answer, code, enhanced) => {
    @Controller()
    class AnswerController {
      @SmtpAuth('PLAIN')
      login(_auth: PasswordAuth) {
        if (answer instanceof Error) throw answer;
        return answer;
      }
    }
    const smtp = await startSmtp({ controllers: [AnswerController] });
    try {
      const client = await smtp.connectSecurely();
      const reply = await client.authPlain('ann', 'secret');
      expect(reply).toMatchObject({ code, enhanced });
      expect(reply.raw.join()).not.toMatch(/database/);
      if (answer instanceof SmtpAuthChallenge) {
        expect(smtp.log.find(/AnswerController\.login threw an SmtpAuthChallenge for PLAIN/)).toMatch(/^error/);
      } else if (answer instanceof Error) {
        expect(smtp.log.find(/database is down/)).toMatch(/^error 454 4\.7\.0/);
      }
      if (answer === true) {
        expect(smtp.transport.connections()[0]).toMatchObject({ user: { username: 'ann' } });
      }
      await client.quit();
    } finally {
      await smtp.close();
    }
  });
});
