import { setImmediate } from 'node:timers/promises';
import { ByteBudget } from './byte-budget.js';

async function entered(entering: readonly Promise<void>[]): Promise<boolean[]> {
  const done = entering.map(() => false);
  entering.forEach((each, index) => void each.then(() => (done[index] = true)));
  await setImmediate();
  return done;
}

test('who finds no room waits for it, and nobody overtakes', async () => {
  const budget = new ByteBudget(10);
  const entering = [budget.take(6), budget.take(6), budget.take(1)];
  expect(await entered(entering)).toEqual([true, false, false]);
  budget.give(6);
  expect(await entered(entering)).toEqual([true, true, true]);
  budget.give(6);
  budget.give(1);
  expect(await entered([budget.take(10), budget.take(1)])).toEqual([true, false]);
});

test('what is larger than the limit goes alone', async () => {
  const budget = new ByteBudget(10);
  const entering = [budget.take(20), budget.take(1)];
  expect(await entered(entering)).toEqual([true, false]);
  budget.give(20);
  expect(await entered(entering)).toEqual([true, true]);
});
