import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadlines, type Expiring, now } from './deadlines.js';

function entry(deadlines: Deadlines, inMs: number): Expiring & { expired: number } {
  const made = {
    deadline: now() + inMs,
    expired: 0,
    expire() {
      this.expired++;
      deadlines.delete(this);
    },
  };
  deadlines.add(made);
  return made;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

describe('Deadlines', () => {
  test('ends what is due, once, and leaves the rest', async () => {
    const deadlines = new Deadlines();
    deadlines.require(40);
    const [due, later, never] = [entry(deadlines, 20), entry(deadlines, 60_000), entry(deadlines, Infinity)];
    await sleep(100);
    expect([due, later, never].map(({ expired }) => expired)).toEqual([1, 0, 0]);
    for (const left of [later, never]) deadlines.delete(left);
  });

  test('a deadline may be moved', async () => {
    const deadlines = new Deadlines();
    deadlines.require(40);
    const moved = entry(deadlines, 20);
    moved.deadline = Infinity;
    await sleep(100);
    expect(moved.expired).toBe(0);
    deadlines.delete(moved);
  });

  test('a shorter timeout that is asked for later holds at once', async () => {
    const deadlines = new Deadlines();
    deadlines.require(60_000);
    const due = entry(deadlines, 20);
    deadlines.require(40);
    await sleep(150);
    expect(due.expired).toBe(1);
  });

  test('has one timer while there is something to watch, which keeps no process alive', () => {
    const before = timers();
    const deadlines = new Deadlines();
    const entries = [entry(deadlines, 60_000), entry(deadlines, 60_000)];
    // A timer that is unref'd is no active resource.
    expect(timers()).toBe(before);
    for (const left of entries) deadlines.delete(left);
    expect((deadlines as unknown as { timer: unknown }).timer).toBeUndefined();
  });
});
