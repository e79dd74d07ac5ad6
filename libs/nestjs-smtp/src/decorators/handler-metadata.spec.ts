import { createParamDecorator, type PipeTransform } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { decoratedIndexes, hideTypes, parameterCount, passNothing } from './handler-metadata.js';
import { SmtpUser } from './parameter.decorators.js';

const Custom = createParamDecorator(() => undefined);
const pipe: PipeTransform = { transform: (value: unknown) => value };

class Handlers {
  method(@Payload() _a: string, _b: number, @Ctx() _c: object, @Custom(pipe) _d: Date, @SmtpUser() _e: Handlers) {
    return undefined;
  }

  @Reflect.metadata('any', true)
  typed(_a: string, @SmtpUser() _b: Handlers, _c: Date = new Date()) {
    return undefined;
  }

  @Reflect.metadata('any', true)
  empty() {
    return undefined;
  }
}

test('parameters of Nest, of ours and of the application count as decorated', () => {
  expect([...decoratedIndexes(Handlers.prototype, 'method')].sort()).toEqual([0, 2, 3, 4]);
  expect([...decoratedIndexes(Handlers.prototype, 'empty')]).toEqual([]);
});

test('parameters with a default value count, though the function does not count them', () => {
  expect(parameterCount(Handlers.prototype, 'typed', Handlers.prototype.typed)).toBe(3);
  expect(parameterCount({}, 'untyped', (_a: unknown, _b: unknown) => undefined)).toBe(2);
});

test('only the types of ours are hidden', () => {
  hideTypes(Handlers.prototype, 'typed');
  expect(Reflect.getMetadata('design:paramtypes', Handlers.prototype, 'typed')).toEqual([String, Object, Date]);
});

test('a method that is to get nothing has no parameters, not the default ones', () => {
  passNothing(Handlers.prototype, 'empty');
  const [key] = Reflect.getMetadataKeys(Handlers, 'empty') as unknown[];
  expect(Reflect.getMetadata(key, Handlers, 'empty')).toEqual({});
});
