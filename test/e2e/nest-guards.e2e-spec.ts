import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  Scope,
  UnauthorizedException,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  isSmtpContext,
  PasswordAuth,
  type Session,
  SmtpAuth,
  SmtpContext,
  SmtpException,
  SmtpModule,
  type SmtpModuleExtras,
  type SmtpModuleOptions,
  TlsBeforeAuthGuard,
  UnauthenticatedCommandLimitGuard,
} from 'nestjs-smtp';
import type { DialogueClient } from 'nestjs-smtp/testing';
import { of } from 'rxjs';
import { type RunningSmtp, running, startSmtp } from '../support/nest-smtp.js';

@Controller()
class LoginController {
  @SmtpAuth('PLAIN')
  login(auth: PasswordAuth) {
    return auth.password === 'secret';
  }
}

const start = (options: SmtpModuleOptions & SmtpModuleExtras = {}): Promise<RunningSmtp> =>
  startSmtp({ controllers: [LoginController], options });

async function use(
  options: SmtpModuleOptions & SmtpModuleExtras,
  talk: (client: DialogueClient, smtp: RunningSmtp) => Promise<void>,
): Promise<void> {
  const smtp = await start(options);
  try {
    const client = await smtp.connect();
    await talk(client, smtp);
    client.destroy();
  } finally {
    await smtp.close();
  }
}

const offersAuth = async (client: DialogueClient): Promise<boolean> =>
  (await client.ehlo()).lines.some((line) => line.startsWith('AUTH '));

describe('TLS before AUTH', () => {
  test('by default AUTH is neither offered nor taken in clear, and both after STARTTLS', async () => {
    await use({}, async (client) => {
      expect(await offersAuth(client)).toBe(false);
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 538, enhanced: '5.7.11' });
      await client.startTls();
      expect(await offersAuth(client)).toBe(true);
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    });
  });

  test('the default guards cost nothing: the engine is not given anything to ask', async () => {
    await use({}, async (_client, { transport }) => {
      const [session] = transport.connections() as unknown as { backend: object }[];
      expect(Object.keys(session!.backend).sort()).toEqual(['auth', 'error']);
    });
  });

  test('allowInsecureAuth lifts it', async () => {
    await use({ allowInsecureAuth: true }, async (client) => {
      expect(await offersAuth(client)).toBe(true);
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    });
  });

  @Injectable()
  class OfficeMayLogInInClear extends TlsBeforeAuthGuard {
    asked = 0;

    protected override isExempt(session: Session) {
      this.asked++;
      if (session.hostNameAppearsAs === 'broken.example') throw new Error('network list is gone');
      return Promise.resolve(session.remoteIn('127.0.0.0/8') && session.hostNameAppearsAs !== 'home.example');
    }
  }

  test('a subclass exempts sessions; it is asked at EHLO and at AUTH and never remembered', async () => {
    await use({ tlsBeforeAuth: OfficeMayLogInInClear }, async (client, { app }) => {
      const guard = app.get<OfficeMayLogInInClear>(TlsBeforeAuthGuard);
      expect(await offersAuth(client)).toBe(true);
      expect(guard.asked).toBe(1);
      expect(await client.authPlain('ann', 'wrong')).toMatchObject({ code: 535 });
      expect(guard.asked).toBe(2);
      const { lines } = await client.ehlo('home.example');
      expect(lines.some((line) => line.startsWith('AUTH '))).toBe(false);
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 538 });
      await client.ehlo();
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    });
  });

  test('a throw in isExempt means no, and goes to the log', async () => {
    await use({ tlsBeforeAuth: OfficeMayLogInInClear }, async (client, { log }) => {
      await client.ehlo('broken.example');
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 538 });
      expect(log.find(/network list is gone/)).toMatch(/^error/);
    });
  });

  test('a subclass with its own canActivate says it in its own words', async () => {
    @Injectable()
    class Polite extends TlsBeforeAuthGuard {
      override async canActivate(context: ExecutionContext) {
        const { command, session } = SmtpContext.of(context);
        if (command.verb !== 'AUTH' || session.secure) return true;
        throw new SmtpException(538, 'Please encrypt first', { enhanced: '5.7.11' });
      }
    }
    await use({ tlsBeforeAuth: Polite }, async (client) => {
      expect(await offersAuth(client)).toBe(false);
      expect((await client.authPlain('ann', 'secret')).raw).toEqual(['538 5.7.11 Please encrypt first']);
      await client.startTls();
      expect(await offersAuth(client)).toBe(true);
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    });
  });

  test('overrideProvider replaces it', async () => {
    const module = await Test.createTestingModule({
      imports: [SmtpModule.forRoot({ port: 0 })],
      controllers: [LoginController],
    })
      .setLogger(false as never)
      .overrideProvider(TlsBeforeAuthGuard)
      .useValue({ canActivate: () => true } satisfies CanActivate)
      .compile();
    await module.init();
    const smtp = running(module);
    const client = await smtp.connect();
    expect(await offersAuth(client)).toBe(true);
    expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 235 });
    client.destroy();
    await smtp.close();
  });
});

describe('the cap on commands before login', () => {
  const noops = async (client: DialogueClient, count: number): Promise<number[]> => {
    const codes: number[] = [];
    for (let index = 0; index < count; index++) codes.push((await client.command('NOOP')).code);
    return codes;
  };

  test('commands 1 to 10 are answered, the 11th gets 421 4.7.0 and the connection closes', async () => {
    await use({}, async (client) => {
      expect(await noops(client, 9)).toEqual(Array(9).fill(250));
      expect(await client.command('FOO')).toMatchObject({ code: 500 });
      expect(await client.command('NOOP')).toMatchObject({ code: 421, enhanced: '4.7.0' });
      await client.end();
    });
  });

  test('AUTH and its lines, STARTTLS and QUIT do not count; EHLO does; EHLO and STARTTLS do not begin anew', async () => {
    await use({ maxFailedLogins: false }, async (client) => {
      await client.ehlo(); // 1
      await noops(client, 3); // 4
      expect(await client.startTls()).toMatchObject({ code: 220 });
      await client.ehlo(); // 5
      for (let times = 0; times < 4; times++) {
        expect(await client.authPlain('ann', 'wrong')).toMatchObject({ code: 535 });
        await client.command('AUTH PLAIN');
        expect(await client.command('*')).toMatchObject({ code: 501 });
      }
      await client.ehlo(); // 6
      expect(await noops(client, 4)).toEqual(Array(4).fill(250)); // 10
      expect(await client.authPlain('ann', 'wrong')).toMatchObject({ code: 535 });
      expect(await client.quit()).toMatchObject({ code: 221 });
    });
  });

  test('after login there is no cap', async () => {
    await use({}, async (client) => {
      await client.ehlo();
      await client.startTls();
      await client.ehlo();
      await client.authPlain('ann', 'secret');
      expect(await noops(client, 30)).toEqual(Array(30).fill(250));
    });
  });

  test('false means none, another number that number', async () => {
    await use({ maxAllowedUnauthenticatedCommands: false }, async (client) => {
      expect(await noops(client, 40)).toEqual(Array(40).fill(250));
    });
    await use({ maxAllowedUnauthenticatedCommands: 2 }, async (client) => {
      expect(await noops(client, 3)).toEqual([250, 250, 421]);
    });
  });

  test.each([0, -1])('%s is a boot error', async (limit) => {
    await expect(start({ maxAllowedUnauthenticatedCommands: limit })).rejects.toThrow(
      /maxAllowedUnauthenticatedCommands is -?\d; write .* or false/,
    );
  });

  test('a subclass exempts sessions', async () => {
    @Injectable()
    class MonitoringMayTalk extends UnauthenticatedCommandLimitGuard {
      protected override isExempt(session: Session) {
        return session.hostNameAppearsAs === 'monitor.example';
      }
    }
    await use({ unauthenticatedCommandLimit: MonitoringMayTalk }, async (client) => {
      await client.ehlo('monitor.example');
      expect(await noops(client, 20)).toEqual(Array(20).fill(250));
      expect(await client.ehlo('other.example')).toMatchObject({ code: 250 });
      expect(await noops(client, 1)).toEqual([421]);
    });
  });

  test('a subclass with its own canActivate may let single commands through', async () => {
    @Injectable()
    class HelpIsFree extends UnauthenticatedCommandLimitGuard {
      override async canActivate(context: ExecutionContext) {
        return SmtpContext.of(context).command.verb === 'HELP' || super.canActivate(context);
      }
    }
    await use({ unauthenticatedCommandLimit: HelpIsFree }, async (client) => {
      await noops(client, 10);
      expect(await client.command('HELP')).toMatchObject({ code: 214 });
      expect(await client.command('NOOP')).toMatchObject({ code: 421, enhanced: '4.7.0' });
    });
  });
});

describe('guards for every command', () => {
  @Injectable()
  class Blocklist {
    readonly verbs = new Set(['HELP', 'RSET', 'MAIL', 'VRFY']);
  }

  @Module({ providers: [Blocklist], exports: [Blocklist] })
  class BlocklistModule {}

  @Injectable()
  class BlocklistGuard implements CanActivate {
    readonly seen: string[] = [];

    constructor(@Inject(Blocklist) private readonly blocklist: Blocklist) {}

    canActivate(context: ExecutionContext) {
      expect(isSmtpContext(context)).toBe(true);
      expect(context.getType()).toBe('rpc');
      expect(context.getClass()).toBeInstanceOf(Function);
      expect(context.getHandler()).toBeInstanceOf(Function);
      expect(() => context.switchToHttp()).toThrow(/SMTP command/);
      const { command, stage } = SmtpContext.of(context);
      expect(stage).toBe('command');
      this.seen.push(`${command.verb} ${command.args}`.trim());
      if (command.verb === 'VRFY') throw new UnauthorizedException();
      if (command.verb === 'RSET') throw new Error('inner text');
      if (command.verb === 'HELP') throw new SmtpException(502, 'no help');
      return of(!this.blocklist.verbs.has(command.verb));
    }
  }

  test('they see verbs without a handler too, with the providers of imports, after nothing but the two rules', async () => {
    const options = { imports: [BlocklistModule], guards: [BlocklistGuard], maxAllowedUnauthenticatedCommands: false };
    await use(options as SmtpModuleOptions, async (client, { app, log }) => {
      await client.ehlo('client.example');
      expect((await client.command('HELP')).raw).toEqual(['502 5.5.1 no help']);
      expect(await client.command('VRFY <ann>')).toMatchObject({ code: 530, enhanced: '5.7.0' });
      const failed = await client.command('RSET');
      expect(failed).toMatchObject({ code: 451, enhanced: '4.3.0' });
      expect(failed.raw.join()).not.toMatch(/inner text/);
      expect(log.find(/inner text/)).toMatch(/^error 451/);
      expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 550, enhanced: '5.7.1' });
      expect(await client.command('NOOP')).toMatchObject({ code: 250 });
      expect(await client.command('NONSENSE 1')).toMatchObject({ code: 500 });
      await client.startTls();
      await client.ehlo('client.example');
      await client.authPlain('ann', 'secret');
      expect(app.get(BlocklistGuard).seen).toEqual([
        'EHLO client.example',
        'HELP',
        'VRFY <ann>',
        'RSET',
        'MAIL FROM:<>',
        'NOOP',
        'NONSENSE 1',
        'STARTTLS',
        'EHLO client.example',
        'AUTH',
      ]);
    });
  });

  test('beside a factory: forRootAsync({ imports, guards, inject, useFactory })', async () => {
    const module = await Test.createTestingModule({
      imports: [
        SmtpModule.forRootAsync({
          imports: [BlocklistModule],
          guards: [BlocklistGuard, { canActivate: () => true }],
          inject: [Blocklist],
          useFactory: (blocklist: Blocklist) => ({ port: 0, maxAllowedUnauthenticatedCommands: blocklist.verbs.size }),
        }),
      ],
      controllers: [LoginController],
    })
      .setLogger(false as never)
      .compile();
    await module.init();
    const smtp = running(module);
    const client = await smtp.connect();
    expect(await client.command('MAIL FROM:<>')).toMatchObject({ code: 550 });
    for (let times = 1; times < 4; times++) expect((await client.command('NOOP')).code).toBe(250);
    expect(await client.command('NOOP')).toMatchObject({ code: 421 });
    client.destroy();
    await smtp.close();
  });

  test('one that is no singleton is a boot error', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest implements CanActivate {
      canActivate() {
        return true;
      }
    }
    await expect(start({ guards: [PerRequest] })).rejects.toThrow(/SMTP cannot start:.*PerRequest/s);
  });

  test('guards that are no function of the two rules do not lift them', async () => {
    await use({ guards: [{ canActivate: () => true }] }, async (client) => {
      await client.ehlo();
      expect(await client.authPlain('ann', 'secret')).toMatchObject({ code: 538 });
      for (let times = 0; times < 9; times++) expect((await client.command('NOOP')).code).toBe(250);
      expect(await client.command('NOOP')).toMatchObject({ code: 421 });
    });
  });
});
