import {
  type CanActivate,
  Catch,
  Controller,
  createParamDecorator,
  type ExceptionFilter,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD, APP_PIPE, ApplicationConfig } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  ForwardPath,
  MessageStream,
  Reply,
  SmtpAddress,
  SmtpContext,
  SmtpData,
  SmtpError,
  SmtpException,
  SmtpExceptionFilter,
  type SmtpInheritance,
  SmtpModule,
  SmtpParam,
  SmtpRcptTo,
} from 'nestjs-smtp';
import { from, of, throwError } from 'rxjs';
import { compile, LogBook, type RunningSmtp, running, startSmtp } from '../support/nest-smtp.js';

const PATTERN = ':name@example.com';
const options = { authOptional: true } as const;

/** Who has called the handler. */
const caller = (): string => (new Error().stack!.includes('rpc-context-creator') ? 'by Nest' : 'directly');

const guard: CanActivate = { canActivate: () => true };
const pipe: PipeTransform = { transform: (value: unknown) => value };
const interceptor: NestInterceptor = { intercept: (_context, next) => next.handle() };
@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch() {
    return throwError(() => new SmtpException(550, 'out of range'));
  }
}
const Own = createParamDecorator(() => 'own');

function onMethod(decorate: MethodDecorator): Type {
  @Controller()
  class Handlers {
    @SmtpRcptTo(PATTERN)
    @decorate
    recipient() {
      return caller();
    }
  }
  return Handlers;
}

function onClass(decorate: ClassDecorator): Type {
  @Controller()
  @decorate
  class Handlers {
    @SmtpRcptTo(PATTERN)
    recipient() {
      return caller();
    }
  }
  return Handlers;
}

@Controller()
class Bare {
  @SmtpRcptTo(PATTERN)
  recipient(path: ForwardPath, { params }: SmtpContext, @SmtpParam('name') name: string, @SmtpAddress() same: unknown) {
    const isComplete = path instanceof ForwardPath && params['name'] === name && same === path;
    return isComplete ? caller() : 'without its parameters';
  }
}

class Base {
  protected readonly found = caller;

  @SmtpRcptTo(PATTERN)
  recipient() {
    return this.found();
  }
}

@Controller()
class Inheriting extends Base {}

@Controller()
@UseGuards(guard)
class GuardedHeir extends Base {}

@Controller()
class Piped {
  @SmtpRcptTo(PATTERN)
  recipient(@SmtpParam('name', pipe) _name: string) {
    return caller();
  }
}

@Controller()
class OwnParameter {
  @SmtpRcptTo(PATTERN)
  recipient(_path: ForwardPath, @Own() own: string) {
    return `${own} ${caller()}`;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Counted {
  readonly value = ++Counted.made;
  static made = 0;
}

@Controller()
class PerRequest {
  constructor(private readonly counted: Counted) {}

  @SmtpRcptTo(PATTERN)
  recipient() {
    return `${this.counted.value} ${caller()}`;
  }
}

@Controller()
class Mailbox {
  @SmtpData()
  receive(message: MessageStream) {
    message.discard();
  }
}

let smtp: RunningSmtp;
afterEach(() => smtp.close());

/** The reply to a recipient; of a yes only the text. */
async function ask(name = 'ann'): Promise<string> {
  const client = await smtp.connectSecurely();
  await client.command('MAIL FROM:<a@example.org>');
  const { raw } = await client.command(`RCPT TO:<${name}@example.com>`);
  await client.quit();
  return raw[0]!.replace(/^250 [\d.]+ /, '');
}

test.each<[string, Type, string]>([
  ['nothing', Bare, 'directly'],
  ['nothing, in a base class', Inheriting, 'directly'],
  ['a guard of the class that extends its own', GuardedHeir, 'by Nest'],
  ['a guard of the method', onMethod(UseGuards(guard)), 'by Nest'],
  ['a pipe of the method', onMethod(UsePipes(pipe)), 'by Nest'],
  ['an interceptor of the method', onMethod(UseInterceptors(interceptor)), 'by Nest'],
  ['a filter of the method', onMethod(UseFilters(RangeFilter)), 'by Nest'],
  ['a guard of the class', onClass(UseGuards(guard)), 'by Nest'],
  ['a pipe of the class', onClass(UsePipes(pipe)), 'by Nest'],
  ['an interceptor of the class', onClass(UseInterceptors(interceptor)), 'by Nest'],
  ['a filter of the class', onClass(UseFilters(RangeFilter)), 'by Nest'],
  ['a pipe of a parameter', Piped, 'by Nest'],
  ["a parameter of the application's own", OwnParameter, 'own by Nest'],
  ['an instance for each call', PerRequest, '1 by Nest'],
])('what stands around a handler: %s', async (_name, controller, expected) => {
  smtp = await startSmtp({ controllers: [controller, Mailbox], providers: [Counted], options });
  expect(await ask()).toBe(expected);
});

test.each<[string, Provider[], SmtpInheritance, string]>([
  ['a guard', [{ provide: APP_GUARD, useValue: guard }], {}, 'by Nest'],
  ['a guard that is not inherited', [{ provide: APP_GUARD, useValue: guard }], { guards: false }, 'directly'],
  ['a pipe beside it', [guard, pipe].map(global), { guards: false }, 'by Nest'],
])('what stands around all: %s', async (_name, providers, inherit, expected) => {
  smtp = await startSmtp({ controllers: [Bare, Mailbox], providers, options: { ...options, inherit } });
  expect(await ask()).toBe(expected);
});

function global(enhancer: CanActivate | PipeTransform): Provider {
  return { provide: 'canActivate' in enhancer ? APP_GUARD : APP_PIPE, useValue: enhancer };
}

test('a hook of all requests', async () => {
  const module = await compile({ controllers: [Bare, Mailbox], options });
  module.get(ApplicationConfig, { strict: false }).registerPreRequestHook((_context, next) => next());
  await module.init();
  smtp = running(module);
  expect(await ask()).toBe('by Nest');
});

@Controller()
class Saying {
  @SmtpRcptTo(PATTERN)
  recipient(@SmtpParam('name') name: string): unknown {
    if (name === 'thrown') throw new RangeError('inner text');
    if (name === 'refused') throw new SmtpException(550, 'not you', { enhanced: '5.7.1' });
    if (name === 'rejected') return Promise.reject(new RangeError('inner text'));
    if (name === 'observable') return from(['first', 'last']);
    if (name === 'promised') return Promise.resolve(of('of a promise'));
    if (name === 'failing') return throwError(() => new SmtpError(new Reply(450, '4.2.1', 'later')));
    return name === 'nobody' ? false : name;
  }
}

test.each([
  ['thrown', /^451 4\.3\.0 .* \([-\da-f]{36}\)$/],
  ['rejected', /^451 4\.3\.0 .* \([-\da-f]{36}\)$/],
  ['refused', /^550 5\.7\.1 not you$/],
  ['failing', /^450 4\.2\.1 later$/],
  ['nobody', /^550 5\.1\.1 /],
  ['observable', /^last$/],
  ['promised', /^of a promise$/],
  ['text', /^text$/],
])('what a handler comes to that is called directly: %s', async (name, expected) => {
  smtp = await startSmtp({ controllers: [Saying, Mailbox], options });
  expect(await ask(name)).toMatch(expected);
});

test('a filter in place of ours is asked', async () => {
  const filter: ExceptionFilter = {
    catch: () => throwError(() => new SmtpError(new Reply(450, '4.2.1', 'by its own filter'))),
  };
  const module = await Test.createTestingModule({
    imports: [SmtpModule.forRoot({ name: 'mail.example.com', port: 0, ...options })],
    controllers: [Saying, Mailbox],
  })
    .setLogger(new LogBook())
    .overrideProvider(SmtpExceptionFilter)
    .useValue(filter)
    .compile();
  await module.init();
  smtp = running(module);
  expect(await ask('thrown')).toBe('450 4.2.1 by its own filter');
});
