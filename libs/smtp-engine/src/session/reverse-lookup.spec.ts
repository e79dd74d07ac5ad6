import { expect, test } from '@jest/globals';
import type { ReverseResolver } from '../options.js';
import { LOOKUP_TIMEOUT_MS, reverseLookup } from './reverse-lookup.js';

const unexpected = (error: unknown): never => {
  throw error;
};

test.each<[names: unknown, name: string | undefined]>([
  [['mx.example'], 'mx.example'],
  [['MX.Example.'], 'mx.example'],
  [['192.0.2.1', 'a b', '', 'second.example'], 'second.example'],
  [['a\r\nX: y'], undefined],
  [[], undefined],
  [[42, null], undefined],
  ['mx.example', undefined],
  [undefined, undefined],
])('the names %j give %p', async (names, name) => {
  const resolver: ReverseResolver = { reverse: (_address, callback) => callback(null, names as string[]) };
  expect(await reverseLookup('192.0.2.1', resolver, unexpected)).toBe(name);
});

test('an error gives none', async () => {
  const resolver: ReverseResolver = { reverse: (_, callback) => setImmediate(callback, new Error('ENOTFOUND')) };
  expect(await reverseLookup('192.0.2.1', resolver, unexpected)).toBeUndefined();
});

test('a resolver that throws gives none, and is reported', async () => {
  const bug = new Error('bug');
  const errors: unknown[] = [];
  const resolver: ReverseResolver = {
    reverse: () => {
      throw bug;
    },
  };
  expect(await reverseLookup('192.0.2.1', resolver, (error) => errors.push(error))).toBeUndefined();
  expect(errors).toEqual([bug]);
});

test('the first answer counts', async () => {
  const resolver: ReverseResolver = {
    reverse: (_, callback) => {
      callback(null, ['first.example']);
      callback(null, ['second.example']);
    },
  };
  expect(await reverseLookup('::1', resolver, unexpected)).toBe('first.example');
});

test('what is no address is not asked for', async () => {
  const resolver: ReverseResolver = { reverse: () => unexpected(new Error('asked')) };
  expect(await reverseLookup('unknown', resolver, unexpected)).toBeUndefined();
});

test('nobody waits longer than the cap', async () => {
  const begin = performance.now();
  expect(await reverseLookup('192.0.2.1', { reverse: () => undefined }, unexpected)).toBeUndefined();
  const waited = performance.now() - begin;
  expect(waited).toBeGreaterThan(LOOKUP_TIMEOUT_MS - 50);
  expect(waited).toBeLessThan(LOOKUP_TIMEOUT_MS + 1000);
});
