import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  AuthenticatedGuard,
  AuthFailureLimitGuard,
  type AuthFailureLimits,
  MemoryCounterStore,
  MessageStream,
  PasswordAuth,
  type ScramQuery,
  SenderMatchesUserGuard,
  type Session,
  type SmtpCount,
  SmtpAuth,
  SmtpCounterStore,
  SmtpData,
  SmtpException,
  SmtpMailFrom,
  SmtpMessage,
  SmtpModule,
  type SmtpModuleExtras,
  type SmtpModuleOptions,
  SmtpRcptTo,
  SmtpSecret,
  TlsRequiredGuard,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { base64, type RunningSmtp, type SmtpSetup, startSmtp } from '../support/nest-smtp.js';

type Options = SmtpModuleOptions & SmtpModuleExtras;

@Controller()
class MailController {
  @SmtpAuth('PLAIN')
  login({ username, password }: PasswordAuth) {
    return password === 'secret' ? { username, addresses: ['Ann@Example.com'] } : null;
  }

  @SmtpMailFrom()
  sender() {
    return 'sender fits';
  }

  @SmtpRcptTo()
  recipient() {
    return true;
  }

  @SmtpData()
  receive(@SmtpMessage() message: MessageStream) {
    message.discard();
  }
}

const clear: Options = { allowInsecureAuth: true, authOptional: true, recipients: 'any' };

async function use(setup: SmtpSetup, talk: (client: DialogueClient, smtp: RunningSmtp) => Promise<void>) {
  const smtp = await startSmtp({ controllers: [MailController], ...setup });
  try {
    const client = await smtp.connect();
    expect(await client.ehlo()).toMatchObject({ code: 250 });
    await talk(client, smtp);
    client.destroy();
  } finally {
    await smtp.close();
  }
}

const globally = (useClass: new () => object) => [{ provide: APP_GUARD, useClass }];
const mail = { from: 'ann@example.com', to: ['bob@example.com'], data: 'hi' };

describe('AuthenticatedGuard', () => {
  test('bound globally it lets the login pass, and mail after it only', async () => {
    await use({ options: clear, providers: globally(AuthenticatedGuard) }, async (client) => {
      expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 530, enhanced: '5.7.0' });
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
      expect(await client.send(mail)).toMatchObject({ code: 250 });
    });
  });

  test('as a guard of all commands it lets all but mail pass', async () => {
    await use({ options: { ...clear, guards: [AuthenticatedGuard] } }, async (client) => {
      for (const line of ['NOOP', 'RSET', 'EHLO x']) expect(await client.command(line)).toMatchObject({ code: 250 });
      expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 530 });
    });
  });

  test('what is no SMTP passes', async () => {
    @Controller()
    class PageController {
      @Get()
      page() {
        return 'page';
      }
    }
    @Module({
      imports: [SmtpModule.forRoot({ ...clear, port: 0 })],
      controllers: [MailController, PageController],
      providers: [
        ...globally(AuthenticatedGuard),
        ...globally(TlsRequiredGuard),
        ...globally(SenderMatchesUserGuard),
        { provide: APP_GUARD, useClass: AuthFailureLimitGuard },
      ],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    expect(await (await fetch(await app.getUrl())).text()).toBe('page');
    await app.close();
  });
});

describe('TlsRequiredGuard', () => {
  test('mail over TLS only', async () => {
    await use({ options: clear, providers: globally(TlsRequiredGuard) }, async (client) => {
      const refusal = await client.command('MAIL FROM:<>');
      expect(refusal.raw).toEqual(['530 5.7.0 Must issue a STARTTLS command first']);
      await client.startTls();
      await client.ehlo();
      expect(await client.send(mail)).toMatchObject({ code: 250 });
    });
  });

  test('a subclass exempts sessions', async () => {
    class NotAtHome extends TlsRequiredGuard {
      protected override isExempt(session: Session) {
        return Promise.resolve(session.remoteIn('127.0.0.1') && session.hostNameAppearsAs === 'home.example');
      }
    }
    await use({ options: clear, providers: globally(NotAtHome) }, async (client) => {
      expect(await client.send(mail)).toMatchObject({ code: 530 });
      await client.ehlo('home.example');
      expect(await client.send(mail)).toMatchObject({ code: 250 });
    });
  });
});

describe('SenderMatchesUserGuard', () => {
  test('who is logged in sends as itself; bounces and sessions without login pass', async () => {
    await use({ options: clear, providers: globally(SenderMatchesUserGuard) }, async (client) => {
      expect(await client.send({ ...mail, from: 'eve@example.com' })).toMatchObject({ code: 250 });
      await client.authPlain('ann', 'secret');
      const refusal = await client.send({ ...mail, from: 'eve@example.com' });
      expect(refusal.raw).toEqual(['550 5.7.1 Sender address is not yours']);
      for (const from of ['ann@example.com', '']) {
        expect(await client.send({ ...mail, from })).toMatchObject({ code: 250 });
      }
    });
  });

  test('at DATA it looks at the envelope; addressesOf() comes from the application', async () => {
    @Injectable()
    class Aliases extends SenderMatchesUserGuard {
      protected override async addressesOf(user: unknown) {
        return new Set([`${(user as { username: string }).username}@alias.example`]);
      }
    }
    @Controller()
    class Guarded extends MailController {
      @SmtpData()
      @UseGuards(Aliases)
      override receive(@SmtpMessage() message: MessageStream) {
        message.discard();
      }
    }
    await use({ options: clear, controllers: [Guarded] }, async (client) => {
      await client.authPlain('ann', 'secret');
      expect(await client.send(mail)).toMatchObject({ code: 550, enhanced: '5.7.1' });
      await client.command('RSET');
      expect(await client.send({ ...mail, from: 'ann@alias.example' })).toMatchObject({ code: 250 });
    });
  });
});

describe('AuthFailureLimitGuard', () => {
  const quick: AuthFailureLimits = {
    connection: false,
    address: false,
    user: false,
    windowMs: 60_000,
    delayMs: 0,
    maxDelayMs: 0,
  };

  /** A controller whose logins the guard watches, with these limits. */
  function withLimits(limits: Partial<AuthFailureLimits>): SmtpSetup {
    @Injectable()
    class Limit extends AuthFailureLimitGuard {
      protected override limitsFor() {
        return { ...quick, ...limits };
      }
    }
    @Controller()
    @UseGuards(Limit)
    class Logins {
      @SmtpAuth('PLAIN')
      login({ username, password }: PasswordAuth) {
        if (password === 'outage') throw new SmtpException(454, 'directory is down');
        return password === 'secret' ? { username } : null;
      }

      @SmtpSecret()
      secret({ username }: ScramQuery) {
        return username === 'ann' ? { password: 'secret' } : null;
      }
    }
    return { controllers: [Logins], options: { allowInsecureAuth: true, authFailureDelayMs: false } };
  }

  const fail = async (client: DialogueClient, user: string, times: number): Promise<number[]> => {
    const codes: number[] = [];
    for (let index = 0; index < times; index++) codes.push((await client.authPlain(user, 'wrong')).code);
    return codes;
  };

  test('by connection: 421 4.7.0 instead of the next login, and the connection closes', async () => {
    await use(withLimits({ connection: 2 }), async (client, smtp) => {
      expect(await fail(client, 'ann', 2)).toEqual([535, 535]);
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 421, enhanced: '4.7.0' });
      await client.end();
      expect(await (await smtp.connect()).ehlo()).toMatchObject({ code: 250 });
    });
  });

  test('by user: from any connection, whatever the case of the name; others may log in', async () => {
    await use(withLimits({ user: 3 }), async (client, smtp) => {
      expect(await fail(client, 'ann', 2)).toEqual([535, 535]);
      const second = await smtp.connect();
      await second.ehlo();
      expect(await fail(second, 'ANN', 1)).toEqual([535]);
      expect(await second.authPlain('Ann', 'secret')).toMatchObject({ code: 421 });
      expect(await client.authPlain('bob', 'secret')).toMatchObject({ code: 235 });
    });
  });

  test('by address: every user', async () => {
    await use(withLimits({ address: 2 }), async (client) => {
      expect(await fail(client, 'ann', 1)).toEqual([535]);
      expect(await fail(client, 'bob', 1)).toEqual([535]);
      expect(await client.authPlain('eve', 'secret')).toMatchObject({ code: 421 });
    });
  });

  test('right ones and those that nobody could decide cost nothing', async () => {
    await use(withLimits({ address: 2, user: 2 }), async (client, smtp) => {
      for (let times = 0; times < 5; times++) {
        expect(await client.authPlain('ann', 'outage')).toMatchObject({ code: 454 });
      }
      for (let times = 0; times < 5; times++) {
        const another = await smtp.connect();
        await another.ehlo();
        expect(await another.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
        another.destroy();
      }
      expect(await fail(client, 'ann', 3)).toEqual([535, 535, 421]);
    });
  });

  test('many at once do not get past', async () => {
    await use(withLimits({ user: 3 }), async (_client, smtp) => {
      const clients = await Promise.all(Array.from({ length: 8 }, () => smtp.connect()));
      await Promise.all(clients.map((client) => client.ehlo()));
      const codes = (await Promise.all(clients.map((client) => fail(client, 'ann', 1)))).flat();
      expect(codes.filter((code) => code === 535)).toHaveLength(3);
      expect(codes.filter((code) => code === 421)).toHaveLength(5);
    });
  });

  test('SCRAM counts too: once, whether the user exists or not', async () => {
    await use(withLimits({ user: 2 }), async (client) => {
      for (const user of ['ann', 'ann', 'nobody', 'nobody']) {
        const first = `n,,n=${user},r=clientnonce`;
        const challenge = await client.command(`AUTH SCRAM-SHA-256 ${base64(first)}`);
        const nonce = /r=([^,]+)/.exec(Buffer.from(challenge.lines[0]!, 'base64').toString())![1]!;
        const proof = Buffer.alloc(32).toString('base64');
        expect(await client.command(base64(`c=biws,r=${nonce},p=${proof}`))).toMatchObject({ code: 535 });
      }
      expect(await client.command(`AUTH SCRAM-SHA-256 ${base64('n,,n=ann,r=x')}`)).toMatchObject({ code: 421 });
    });
  });

  test('each login waits longer, the more failures there were', async () => {
    await use(withLimits({ user: 10, delayMs: 200, maxDelayMs: 400 }), async (client) => {
      const waits: number[] = [];
      for (let times = 0; times < 5; times++) {
        const begun = performance.now();
        await fail(client, 'ann', 1);
        waits.push(performance.now() - begun);
      }
      expect(waits[0]).toBeLessThan(180);
      expect(waits[1]).toBeLessThan(180);
      expect(waits[2]).toBeGreaterThan(190);
      expect(waits[3]).toBeGreaterThan(390);
      expect(waits[4]).toBeLessThan(780);
    });
  });

  test('forgets after the window', async () => {
    await use(withLimits({ user: 1, windowMs: 100 }), async (client) => {
      expect(await fail(client, 'ann', 1)).toEqual([535]);
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    });
  });

  test('a store of the application counts instead; one that is down lets nobody past and tells nothing', async () => {
    const keys: string[] = [];
    @Injectable()
    class Watched extends MemoryCounterStore {
      override add(key: string, amount: number, windowMs: number): SmtpCount {
        keys.push(`${key} ${amount}`);
        if (keys.length > 2) throw new Error('store is down');
        return super.add(key, amount, windowMs);
      }
    }
    const setup = withLimits({ address: 5, user: 5 });
    await use({ ...setup, options: { ...setup.options, counterStore: Watched } }, async (client, { app, log }) => {
      expect(app.get(SmtpCounterStore)).toBeInstanceOf(Watched);
      expect(await fail(client, 'ann', 1)).toEqual([535]);
      expect(keys[0]).toBe('auth:address:127.0.0.1/32 1');
      expect(keys[1]).toMatch(/^auth:user:[\w-]{43} 1$/);
      const reply = await client.authPlain('ann', 'secret');
      expect(reply).toMatchObject({ code: 454, enhanced: '4.7.0' });
      expect(reply.raw[0]).not.toContain('store');
      expect(log.find(/store is down/)).toMatch(/^error/);
    });
  });

  test('the default budgets', async () => {
    @Controller()
    @UseGuards(AuthFailureLimitGuard)
    class Logins extends MailController {
      @SmtpAuth('PLAIN')
      override login(auth: PasswordAuth) {
        return super.login(auth);
      }
    }
    await use({ controllers: [Logins], options: { ...clear, authFailureDelayMs: false } }, async (client) => {
      expect(await fail(client, 'ann', 2)).toEqual([535, 535]);
      const begun = performance.now();
      expect(await fail(client, 'ann', 1)).toEqual([535]);
      expect(performance.now() - begun).toBeGreaterThan(450);
    });
  });
});
