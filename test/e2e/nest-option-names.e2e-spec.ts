import { Controller, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { PasswordAuth, SmtpAuth, SmtpModule, SmtpSetupError } from 'nestjs-smtp';
import { compile, LogBook, startSmtp } from '../support/nest-smtp.js';

@Controller()
class LoginController {
  @SmtpAuth('PLAIN')
  login(_auth: PasswordAuth) {
    return true;
  }
}

async function problemsOf(smtp: DynamicModule): Promise<readonly string[]> {
  const module = await Test.createTestingModule({ imports: [smtp], controllers: [LoginController] })
    .setLogger(new LogBook())
    .compile();
  try {
    await module.init();
  } catch (error) {
    expect(error).toBeInstanceOf(SmtpSetupError);
    return (error as SmtpSetupError).problems;
  } finally {
    await module.close();
  }
  return [];
}

const place = { name: 'mail.example.com', port: 0 };

describe('names that are not known', () => {
  test.each<[given: object, problem: string]>([
    [{ maxClient: 5 }, 'maxClient is no option; did you mean maxClients?'],
    [{ autolisten: false }, 'autolisten is no option; did you mean autoListen?'],
    [{ routeStallTimeout: 5 }, 'routeStallTimeout is no option; did you mean routeStallTimeoutMs?'],
    [{ frobnicate: 1 }, 'frobnicate is no option; remove it'],
    [{ id: 'mx' }, 'id belongs into an entry of listeners'],
    [{ onAuth: () => undefined }, 'onAuth is no option; put @SmtpAuth() on a method of a controller'],
    [{ onRcptTo: () => undefined }, 'onRcptTo is no option; put @SmtpRcptTo() on a method of a controller'],
    [{ logger: true }, 'logger is no option; the log is that of the application, app.useLogger()'],
    [{ needsUpgrade: true }, expect.stringContaining('write secure: true') as string],
  ])('in forRoot(): %p', async (given, problem) => {
    expect(await problemsOf(SmtpModule.forRoot({ ...place, ...given }))).toEqual([problem]);
  });

  test('at listeners, by the id or the place of each', async () => {
    const listeners = [
      { port: 0, multipleRoute: 'tee' },
      { id: 'mx', port: 0, maxClients: 3, onData: () => undefined },
    ];
    expect(await problemsOf(SmtpModule.forRoot({ name: 'mx', listeners }))).toEqual([
      'listeners[0]: multipleRoute is no option; did you mean multipleRoutes?',
      "listener 'mx': maxClients holds for all listeners; put it beside listeners",
      "listener 'mx': onData is no option; put @SmtpData() on a method of a controller",
    ]);
  });

  test('in what a factory returns, and beside it', async () => {
    const useFactory = () => ({ ...place, maxClient: 1, guards: [] });
    expect(await problemsOf(SmtpModule.forRootAsync({ useFactory, ...({ guard: [], size: 5 } as object) }))).toEqual([
      'guard is no option; did you mean guards?',
      'size stands beside useFactory; return it from the factory',
      'maxClient is no option; did you mean maxClients?',
      'guards stands beside useFactory, not in what that returns',
    ]);
  });

  test('are left out by undefined', async () => {
    expect(await problemsOf(SmtpModule.forRoot({ ...place, ...{ maxClient: undefined } }))).toEqual([]);
  });

  test('are reported with all else', async () => {
    expect(await problemsOf(SmtpModule.forRoot({ ...place, size: -1, ...({ maxClient: 5 } as object) }))).toEqual([
      'maxClient is no option; did you mean maxClients?',
      "listener 'default': size is -1; write a whole number of at least 0",
    ]);
  });
});

describe('names of this module', () => {
  const own = { multipleRoutes: 'tee', routeStallTimeoutMs: 5000, role: 'submission' } as const;

  test('hold, and the engine is not bothered with them', async () => {
    const smtp = await startSmtp({
      controllers: [LoginController],
      options: { ...own, selfSigned: true, autoListen: true, guards: [], imports: [] },
    });
    expect(smtp.transport.addresses()).toHaveLength(1);
    await smtp.close();
  });

  test('hold at a listener', async () => {
    const module = await compile({
      controllers: [LoginController],
      options: { port: undefined as never, listeners: [{ id: 'a', port: 0, ...own }] },
    });
    await module.init();
    await module.close();
  });
});
