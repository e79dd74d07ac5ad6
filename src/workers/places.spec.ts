import { Places } from './places.js';

test('counts all and those of each client, and what is refused takes no place', () => {
  const places = new Places(3, 2);
  expect(places.take(1, 'a', 'ann')).toBe(true);
  expect(places.take(2, 'b', 'ann')).toBe(true);
  expect(places.take(1, 'c', 'ann')).toBe(false);
  expect(places.take(1, 'd', 'bob')).toBe(true);
  expect(places.take(2, 'e', 'cid')).toBe(false);
  places.give(1, 'c'); // had none
  expect(places.take(2, 'e', 'cid')).toBe(false);
  places.give(2, 'b');
  places.give(2, 'b');
  expect(places.take(1, 'c', 'ann')).toBe(true);
  expect(places.take(1, 'f', 'dan')).toBe(false);
});

test('a process that has gone gives back all that it had, and nothing of another', () => {
  const places = new Places(3);
  for (const name of ['a', 'b']) places.take(1, name, 'ann');
  places.take(2, 'a', 'ann');
  places.giveAll(1);
  places.giveAll(1);
  expect(['c', 'd', 'e'].map((name) => places.take(2, name, 'ann'))).toEqual([true, true, false]);
});

test('without limits there is always a place', () => {
  const places = new Places();
  for (let n = 0; n < 10_000; n++) expect(places.take(1, String(n), 'ann')).toBe(true);
});
