import {
  type CanActivate,
  Controller,
  Injectable,
  type NestInterceptor,
  Scope,
  type CallHandler,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { SmtpAuth, SmtpMailFrom, type SmtpModuleOptions, SmtpSetupError } from 'nestjs-smtp';
import { compile, startSmtp } from '../support/nest-smtp.js';

@Injectable()
class Nobody implements CanActivate {
  canActivate() {
    return false;
  }
}

let intercepted = 0;
@Injectable()
class Counter implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler) {
    intercepted++;
    return next.handle();
  }
}

@Controller()
class MailController {
  @SmtpAuth('PLAIN')
  login() {
    return true;
  }

  @SmtpMailFrom()
  sender() {
    return 'well';
  }
}

const providers = [
  { provide: APP_GUARD, useClass: Nobody },
  { provide: APP_INTERCEPTOR, useClass: Counter },
];

/** The reply to MAIL, what was intercepted, and what the log says. */
async function outcomeOf(inherit: SmtpModuleOptions['inherit'], more = providers) {
  intercepted = 0;
  const options = { authOptional: true, recipients: 'any' as const, ...(inherit === undefined ? {} : { inherit }) };
  const smtp = await startSmtp({ controllers: [MailController], providers: more, options });
  try {
    const client = await smtp.connectSecurely();
    const { raw } = await client.command('MAIL FROM:<ann@example.com>');
    await client.quit();
    return { raw, intercepted, log: smtp.log.lines.filter((line) => line.startsWith('log global ')) };
  } finally {
    await smtp.close();
  }
}

describe('inherit', () => {
  test.each([[undefined], [true], [{}], [{ guards: true }]] as const)('%p: all of it', async (inherit) => {
    const { raw, log } = await outcomeOf(inherit);
    expect(raw).toEqual(['550 5.7.1 Refused']);
    expect(log).toEqual([
      expect.stringMatching(/^log global guards Nobody; interceptors Counter run for mail as well SmtpModule$/),
    ]);
  });

  test('without guards: the interceptors still run, and the log says which do not', async () => {
    const { raw, intercepted: count, log } = await outcomeOf({ guards: false });
    expect(raw).toEqual(['250 2.1.0 well']);
    expect(count).toBe(1);
    expect(log).toEqual([
      expect.stringMatching(/^log global interceptors Counter run for mail as well/),
      expect.stringMatching(/^log global guards Nobody do not run for mail, by the option inherit/),
    ]);
  });

  test('none of it, those made for each request neither', async () => {
    const scoped = providers.map((provider) => ({ ...provider, scope: Scope.REQUEST }));
    expect(await outcomeOf(true, scoped)).toMatchObject({ raw: ['550 5.7.1 Refused'] });
    const none = { guards: false, pipes: false, interceptors: false, filters: false };
    const { raw, intercepted: count, log } = await outcomeOf(none, scoped);
    expect([raw, count]).toEqual([['250 2.1.0 well'], 0]);
    expect(log).toHaveLength(1);
  });

  test('nothing to inherit: the log says nothing', async () => {
    expect((await outcomeOf(undefined, [])).log).toEqual([]);
  });

  test.each<[inherit: unknown, problem: string]>([
    [false, 'inherit is false; write true, or for example { guards: false }'],
    [{ guard: false }, 'inherit.guard is no kind of enhancer; did you mean guards?'],
    [{ pipes: 'no' }, 'inherit.pipes is no; write true or false'],
  ])('%p is a boot error', async (inherit, problem) => {
    const module = await compile({ controllers: [MailController], options: { inherit: inherit as never } });
    await expect(module.init()).rejects.toMatchObject({ problems: [problem] });
    await expect(module.init()).rejects.toBeInstanceOf(SmtpSetupError);
    await module.close();
  });
});
