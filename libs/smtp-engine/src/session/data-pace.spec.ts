import { describe, expect, test } from '@jest/globals';
import { DataPace } from './data-pace.js';

describe('DataPace, 100 octets a second after 10 s', () => {
  const pace = (): DataPace => new DataPace(100, 10_000, 0);

  test('lets a client be silent for the grace period, not longer', () => {
    expect(pace().deadlineAfter(1_000_000, 5000)).toBe(15_000);
  });

  test('cuts one that sends an octet now and then', () => {
    const slow = pace();
    let deadline = 0;
    for (let time = 1000; time <= 10_000; time += 1000) deadline = slow.deadlineAfter(1, time);
    expect(deadline).toBe(10_100);
  });

  test('lets one go on that is fast enough', () => {
    const steady = pace();
    for (let time = 1000; time <= 600_000; time += 1000)
      expect(steady.deadlineAfter(150, time)).toBeGreaterThan(time + 9000);
  });

  test('does not count the time in which the handler does not read', () => {
    const stalled = pace();
    stalled.deadlineAfter(100, 1000);
    stalled.wait(1000);
    stalled.wait(2000);
    expect(stalled.goOn(61_000)).toBe(71_000);
    expect(stalled.deadlineAfter(0, 70_900)).toBe(71_000);
  });

  test('asks for no pace where it is switched off', () => {
    const free = new DataPace(0, 10_000, 0);
    expect(free.deadlineAfter(1, 500_000)).toBe(510_000);
  });
});
