import { jest } from '@jest/globals';
import { MemoryCounterStore } from './memory-counter.store.js';
import { nameKey } from './name-key.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('counts, gives back, looks, and never falls below 0', () => {
  const store = new MemoryCounterStore();
  expect(store.add('a', 1, 60_000)).toMatchObject({ count: 1 });
  expect(store.add('a', 2, 60_000)).toMatchObject({ count: 3 });
  expect(store.add('b', 0, 60_000)).toMatchObject({ count: 0 });
  expect(store.add('a', -1, 60_000)).toMatchObject({ count: 2 });
  expect(store.add('a', 0, 60_000)).toMatchObject({ count: 2 });
  expect(store.add('a', -9, 60_000)).toMatchObject({ count: 0 });
  expect(store.add('a', 1, 60_000)).toMatchObject({ count: 1 });
});

test('a window begins with its first addition, and later ones do not make it longer', () => {
  const store = new MemoryCounterStore();
  expect(store.add('a', 1, 60).resetMs).toBe(60);
  jest.advanceTimersByTime(30);
  expect(store.add('a', 1, 60)).toEqual({ count: 2, resetMs: 30 });
  jest.advanceTimersByTime(30);
  expect(store.add('a', 1, 60)).toMatchObject({ count: 1, resetMs: 60 });
});

test('a full store forgets what is over, then the oldest', () => {
  jest.advanceTimersByTime(60_000);
  const store = new MemoryCounterStore();
  store.add('over', 1, 1);
  store.add('old', 1, 60_000);
  store.add('kept', 5, 60_000);
  for (let index = 3; index < 100_000; index++) store.add(`k${index}`, 1, 60_000);
  jest.advanceTimersByTime(5);
  store.add('one more', 1, 60_000); // 'over' goes
  expect(store.add('old', 0, 60_000)).toMatchObject({ count: 1 });
  store.add('and one', 1, 60_000); // 'old' goes
  expect(store.add('old', 0, 60_000)).toMatchObject({ count: 0 });
  expect(store.add('kept', 0, 60_000)).toMatchObject({ count: 5 });
});

test('the key of a name is short and tells nothing of it', () => {
  expect(nameKey('Ann@Example.com')).toBe(nameKey('ann@example.com'));
  expect(nameKey('x'.repeat(10_000))).toMatch(/^[\w-]{43}$/);
});
