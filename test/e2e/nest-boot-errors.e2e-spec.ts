import { createServer } from 'node:net';
import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  Envelope,
  ForwardPath,
  MessageStream,
  PasswordAuth,
  Session,
  SmtpAuth,
  SmtpContext,
  SmtpData,
  SmtpEnvelope,
  SmtpMailFrom,
  SmtpMessage,
  SmtpModule,
  type SmtpModuleOptions,
  SmtpRcptTo,
  SmtpSetupError,
} from 'nestjs-smtp';
import { compile, startSmtp } from '../support/nest-smtp.js';

@Controller()
class LoginController {
  @SmtpAuth('PLAIN')
  login(_auth: PasswordAuth) {
    return true;
  }
}

@Controller()
class ProxiedController {
  @SmtpAuth('XCLIENT', 'PLAIN')
  proxied() {
    return true;
  }
}

async function problemsOf(options: SmtpModuleOptions, ...controllers: Type[]): Promise<readonly string[]> {
  const module = await compile({ controllers, options });
  try {
    await module.init();
  } catch (error) {
    expect(error).toBeInstanceOf(SmtpSetupError);
    expect(error).toBeInstanceOf(TypeError);
    return (error as SmtpSetupError).problems;
  } finally {
    await module.close();
  }
  return [];
}

describe('handlers that cannot work', () => {
  test('none at all, whatever else is wrong', async () => {
    expect(await problemsOf({ size: -1 })).toEqual([
      expect.stringMatching(/no controller handles anything.*@SmtpData\(\)/),
    ]);
  });

  test('two for the same: both are named', async () => {
    @Controller()
    class OtherController {
      @SmtpAuth('LOGIN', 'PLAIN')
      enter() {
        return true;
      }

      @SmtpData()
      one() {
        return true;
      }

      @SmtpData()
      two() {
        return true;
      }
    }
    expect(await problemsOf({}, LoginController, OtherController)).toEqual([
      "@SmtpAuth('PLAIN') is on LoginController.login and on OtherController.enter; keep one",
      '@SmtpData() is on OtherController.one and on OtherController.two; keep one',
    ]);
  });

  test('an undecorated parameter beyond the second: class, method and index are named', async () => {
    @Controller()
    class GreedyController {
      @SmtpAuth('PLAIN')
      login(_auth: PasswordAuth, _context: SmtpContext, _session: Session, _more: unknown) {
        return true;
      }
    }
    expect(await problemsOf({}, GreedyController)).toEqual([
      expect.stringMatching(/^GreedyController\.login: parameter 2 has no decorator; give it one/),
      expect.stringMatching(/^GreedyController\.login: parameter 3 /),
    ]);
  });

  test('a parameter that has nothing to give at its stage', async () => {
    @Controller()
    class ConfusedController {
      @SmtpAuth('PLAIN')
      login(@SmtpEnvelope() _envelope: Envelope) {
        return true;
      }

      @SmtpRcptTo()
      recipient(_path: ForwardPath, @SmtpMessage() _message: MessageStream) {
        return true;
      }
    }
    expect(await problemsOf({}, ConfusedController)).toEqual([
      expect.stringMatching(
        /^ConfusedController\.login: @SmtpEnvelope\(\) of parameter 0 .*@SmtpAuth\(\); it belongs to @SmtpMailFrom\(\), /,
      ),
      expect.stringMatching(
        /^ConfusedController\.recipient: @SmtpMessage\(\) of parameter 1 .*@SmtpRcptTo\(\); it belongs to @SmtpData\(\)$/,
      ),
    ]);
  });

  test('an unknown mechanism', async () => {
    @Controller()
    class OldController {
      @SmtpAuth('PLAIN', 'ntlm')
      login() {
        return true;
      }
    }
    const problems = await problemsOf({}, OldController);
    expect(problems[0]).toMatch(
      /^OldController\.login: @SmtpAuth\('NTLM'\) names no known mechanism; there are .*PLAIN/,
    );
  });

  test('handlers of other transports are none of ours', async () => {
    @Controller()
    class OtherTransports {
      @MessagePattern('smtp:data|*')
      imitation() {
        return true;
      }

      @MessagePattern({ cmd: 'x' })
      other() {
        return true;
      }
    }
    expect(await problemsOf({}, OtherTransports)).toEqual([expect.stringMatching(/no controller handles anything/)]);
    const smtp = await startSmtp({ controllers: [OtherTransports, LoginController] });
    expect([...smtp.transport.getHandlers().keys()]).toEqual(['smtp:auth|*|PLAIN']);
    await smtp.close();
  });

  test('several decorators on one method are several handlers', async () => {
    const seen: unknown[] = [];
    @Controller()
    class OneForAll {
      @SmtpAuth('PLAIN')
      @SmtpAuth('LOGIN', 'login')
      @SmtpMailFrom()
      all(subject: unknown, { stage }: SmtpContext) {
        seen.push([stage, subject?.constructor.name]);
        return true;
      }
    }
    const smtp = await startSmtp({ controllers: [OneForAll] });
    const client = await smtp.connectSecurely();
    await client.authPlain('a', 'b');
    await client.command('MAIL FROM:<>');
    expect(seen).toEqual([
      ['auth', 'PlainAuth'],
      ['mail', 'ReversePath'],
    ]);
    await client.quit();
    await smtp.close();
  });
});

describe('options that cannot work', () => {
  test.each<[string, SmtpModuleOptions, Type, RegExp]>([
    [
      'a method nobody handles',
      { authMethods: ['PLAIN', 'CRAM-MD5'] },
      LoginController,
      /authMethods names CRAM-MD5, which nobody handles; add @SmtpAuth\('CRAM-MD5'\)/,
    ],
    [
      'an unknown method',
      { authMethods: ['PLAIN', 'NTLM'] },
      LoginController,
      /authMethods names NTLM, which is not known/,
    ],
    [
      'XCLIENT as a method',
      { authMethods: ['PLAIN', 'XCLIENT'] },
      LoginController,
      /XCLIENT, which is no SASL mechanism; .*useXClient: \['10\.0\.0\.5'\]/,
    ],
    [
      'an XCLIENT handler without proxies',
      {},
      ProxiedController,
      /^ProxiedController\.proxied: @SmtpAuth\('XCLIENT'\) is never called without useXClient/,
    ],
    ['a bad proxy', { useXClient: ['nowhere'] }, LoginController, /useXClient: 'nowhere' is no address/],
    [
      'a port beside listeners',
      { port: 25, listeners: [{ id: 'a', port: 0 }] },
      LoginController,
      /^port stands beside listeners/,
    ],
    ['no listener', { listeners: [] }, LoginController, /^listeners is empty/],
    [
      'one id twice',
      {
        listeners: [
          { id: 'a', port: 0 },
          { id: 'a', port: 0 },
        ],
      },
      LoginController,
      /two listeners with the id 'a'/,
    ],
    [
      'an open relay',
      { authOptional: true },
      LoginController,
      /mail is taken without login and nothing decides about recipients/,
    ],
    ['a key that is none', { key: 'x', cert: 'y' }, LoginController, /PEM|no start line|unsupported/i],
    [
      'a certificate for everybody',
      { host: '0.0.0.0' },
      LoginController,
      /'default' has no certificate, and 0\.0\.0\.0 is not loopback; give key and cert, or write selfSigned: true/,
    ],
    [
      'another listener of that kind',
      {
        listeners: [
          { id: 'in', port: 0 },
          { id: 'out', host: '192.0.2.1', secure: true },
        ],
      },
      LoginController,
      /'out' has no certificate, and 192\.0\.2\.1/,
    ],
  ])('%s', async (_name, options, controller, expected) => {
    const { port, listeners, ...rest } = options;
    // The port of the helper would stand beside listeners.
    const place = listeners === undefined ? {} : { port: port as number, listeners };
    const problems = await problemsOf({ ...rest, ...place }, controller);
    expect(problems).toContainEqual(expect.stringMatching(expected));
  });

  test('nobody to check a required login', async () => {
    @Controller()
    class DataOnly {
      @SmtpData()
      receive(@SmtpMessage() message: MessageStream) {
        message.discard();
      }
    }
    expect(await problemsOf({}, DataOnly)).toEqual([
      expect.stringMatching(/login is required but nothing can check it/),
    ]);
    expect(await problemsOf({ authMethods: ['PLAIN'], authOptional: true, recipients: 'any' }, DataOnly)).toEqual([
      expect.stringMatching(/authMethods names PLAIN, which nobody handles/),
    ]);
    expect(await problemsOf({ authOptional: true, recipients: 'any' }, DataOnly)).toEqual([]);
  });

  test('all problems are reported together, each once', async () => {
    const problems = await problemsOf(
      { name: 'no name', size: -1, authMethods: ['CRAM-MD5', 'PLAIN'], host: '0.0.0.0' },
      LoginController,
      ProxiedController,
    );
    expect(problems).toHaveLength(6);
    expect(new SmtpSetupError(problems).message.split('\n')).toHaveLength(7);
  });

  test('the module twice', async () => {
    const module = await compile({
      controllers: [LoginController],
      imports: [SmtpModule.forRoot({ port: 0, size: 1 })],
    });
    await expect(module.init()).rejects.toThrow(/forRoot\(\) is imported more than once; .*listeners/);
    await module.close();
  });

  test('a port that is taken: the error of the system, and nothing stays open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const module = await compile({
      controllers: [LoginController],
      options: {
        port: undefined as never,
        listeners: [
          { id: 'a', port: 0 },
          { id: 'b', port },
        ],
      },
    });
    await expect(module.init()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await module.close();
    taken.close();
  });
});

describe('certificates', () => {
  const before = process.env['NODE_ENV'];
  afterEach(() => (process.env['NODE_ENV'] = before));

  test('without one: loopback, one made at start, and a warning', async () => {
    const smtp = await startSmtp({ controllers: [LoginController] });
    expect(smtp.transport.addresses()).toMatchObject([
      { id: 'default', secure: false, address: { address: '127.0.0.1' } },
    ]);
    expect(smtp.log.find(/'default' has no key and cert/)).toMatch(/^warn .*nobody trusts/);
    await smtp.close();
  });

  test('in production it has to be asked for', async () => {
    process.env['NODE_ENV'] = 'production';
    expect(await problemsOf({}, LoginController)).toEqual([
      expect.stringMatching(/NODE_ENV is production; give key and cert, or write selfSigned: true/),
    ]);
    expect(await problemsOf({ selfSigned: true, host: '0.0.0.0' }, LoginController)).toEqual([]);
  });

  test.each(['localhost', '127.8.8.8', '::1'])('%s is loopback', async (host) => {
    expect(await problemsOf({ host }, LoginController)).toEqual([]);
  });

  test('where there is no TLS at all, none is needed and none is made', async () => {
    const options = { disabledCommands: ['starttls'], allowInsecureAuth: true, host: '0.0.0.0' };
    const smtp = await startSmtp({ controllers: [LoginController], options });
    expect(smtp.transport.addresses()).toMatchObject([{ address: { address: '0.0.0.0' } }]);
    expect(smtp.log.find(/certificate/)).toBeUndefined();
    const client = await smtp.connect();
    expect((await client.ehlo()).lines).not.toContain('STARTTLS');
    await client.quit();
    await smtp.close();
  });
});
