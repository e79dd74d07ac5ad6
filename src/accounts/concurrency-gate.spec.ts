import { setImmediate } from 'node:timers/promises';
import { TooBusyError } from './account-directory.js';
import { ConcurrencyGate } from './concurrency-gate.js';

describe('ConcurrencyGate', () => {
  test('runs a few at once, the rest in their order, and refuses what does not fit', async () => {
    const gate = new ConcurrencyGate(2, 3);
    const started: number[] = [];
    const finish: (() => void)[] = [];
    const enter = (number: number): Promise<number> =>
      gate.run(async () => {
        started.push(number);
        await new Promise<void>((resolve) => finish.push(resolve));
        return number;
      });

    const results = [0, 1, 2, 3, 4].map(enter);
    await expect(enter(5)).rejects.toBeInstanceOf(TooBusyError);
    expect(started).toEqual([0, 1]);
    for (let number = 0; number < 5; number += 1) {
      finish[number]?.();
      await setImmediate();
      expect(started).toHaveLength(Math.min(number + 3, 5));
    }
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4]);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  test('goes on after a failure', async () => {
    const gate = new ConcurrencyGate(1, 1);
    const failing = gate.run(() => Promise.reject(new Error('no')));
    const next = gate.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
