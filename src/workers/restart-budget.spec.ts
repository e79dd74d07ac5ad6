import { RestartBudget } from './restart-budget.js';

test('the more end within a minute, the later the next one starts; after thirty none', () => {
  let now = 0;
  const budget = new RestartBudget(() => now);
  const delays = Array.from({ length: 30 }, () => budget.next());
  expect(delays.slice(0, 3)).toEqual([0, 100, 200]);
  expect(Math.max(...delays.map(Number))).toBe(1_000);
  expect(budget.next()).toBeUndefined();
  now = 59_999;
  expect(budget.next()).toBeUndefined();
  now = 60_000;
  expect(budget.next()).toBe(0);
});
