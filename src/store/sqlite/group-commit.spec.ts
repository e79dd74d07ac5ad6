import { setImmediate } from 'node:timers/promises';
import type { Failure } from '../failure.js';
import { GroupCommit } from './group-commit.js';
import type { NewMessage } from './message-table.js';

describe('GroupCommit', () => {
  const sizes: number[] = [];
  const events: string[] = [];
  let answer: (count: number) => (Failure | undefined)[];
  let group: GroupCommit;

  beforeEach(() => {
    sizes.length = 0;
    events.length = 0;
    answer = (count) => Array.from({ length: count }, () => undefined);
    group = new GroupCommit(
      (messages) => {
        sizes.push(messages.length);
        events.push('commit');
        return answer(messages.length);
      },
      () => events.push('afterwards'),
    );
  });

  function add(octets: number | null, done: (failure: Failure | undefined) => void = () => events.push('done')): void {
    const message = { summary: {}, body: octets === null ? null : new Uint8Array(octets) } as unknown as NewMessage;
    group.add({ message, done });
  }

  test('commits one alone without waiting for others', async () => {
    add(10);
    expect(sizes).toEqual([]);
    await setImmediate();
    expect(sizes).toEqual([1]);
    expect(events).toEqual(['commit', 'done', 'afterwards']);
  });

  test('takes together what has come in', async () => {
    for (let count = 0; count < 5; count += 1) add(10);
    await setImmediate();
    expect(sizes).toEqual([5]);
  });

  test.each([
    ['512 messages', 1100, 1, [512, 512, 76]],
    ['512 messages without a body', 513, null, [512, 1]],
    ['4 MiB', 40, 256 * 1024, [16, 16, 8]],
    ['one, however large', 2, 5 * 1024 * 1024, [1, 1]],
  ])('takes at most %s at a time', async (_what, count, octets, wanted) => {
    for (let index = 0; index < count; index += 1) add(octets);
    while (events.filter((event) => event === 'done').length < count) await setImmediate();
    expect(sizes).toEqual(wanted);
  });

  test('gives each its own outcome', async () => {
    const failure: Failure = { kind: 'no-room', message: 'full' };
    const outcomes: (Failure | undefined)[] = [];
    answer = () => [undefined, failure, undefined];
    for (let count = 0; count < 3; count += 1) add(1, (outcome) => outcomes.push(outcome));
    group.flush();
    expect(outcomes).toEqual([undefined, failure, undefined]);
    await setImmediate();
    expect(sizes).toEqual([3]); // nothing was left for later
  });
});
