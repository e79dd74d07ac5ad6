import { MessageIds } from './message-ids.js';

describe('MessageIds', () => {
  test('sorts in the order of making', () => {
    const ids = new MessageIds();
    const made = Array.from({ length: 5_000 }, () => ids.next());
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
    expect(made[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('goes on behind what is there, when the clock has been set back since', () => {
    const fromTheFuture = `ff${new MessageIds().next().slice(2)}`;
    const ids = new MessageIds(fromTheFuture);
    const [first, second] = [ids.next(), ids.next()];
    expect([second, fromTheFuture, first].sort()).toEqual([fromTheFuture, first, second]);
  });
});
