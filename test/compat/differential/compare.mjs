// What differs between two records of a dialogue, in the smallest pieces, and which entry of differences.json says why.

import { show } from './steps.mjs';

/** Each difference is `{ where, after, original: lines, ours: lines }`. */
export function differences(original, ours) {
  return [...wireDifferences(original.steps, ours.steps), ...pieces('handlers', '', original.journal, ours.journal)];
}

function* wireDifferences(original, ours) {
  for (let index = 0; index < Math.max(original.length, ours.length); index++) {
    const sent = (original[index] ?? ours[index]).sent;
    yield* pieces('wire', sent, original[index]?.got ?? ['(not played)'], ours[index]?.got ?? ['(not played)']);
  }
}

/** Runs of lines that are not common to both; a run of equal length on both sides about the same things is cut up. */
function* pieces(where, after, original, ours) {
  if (original.join('\n') === ours.join('\n')) return;
  for (const run of runs(original, ours)) {
    const isPaired =
      run.original.length === run.ours.length && run.original.every((line, at) => topic(line) === topic(run.ours[at]));
    if (!isPaired) yield { where, after, ...run };
    else
      for (const [at, line] of run.original.entries()) yield { where, after, original: [line], ours: [run.ours[at]] };
  }
}

/** A line of the journal is about `handler#1 field`; those of the wire have none and are paired one to one. */
const topic = (line) => /^\S+#\d+ \S+/.exec(line)?.[0] ?? '';

function runs(original, ours) {
  const common = commonLengths(original, ours);
  const found = [];
  let run = { original: [], ours: [] };
  const flush = () => {
    if (run.original.length + run.ours.length > 0) found.push(run);
    run = { original: [], ours: [] };
  };
  let a = 0;
  let b = 0;
  while (a < original.length || b < ours.length) {
    if (a < original.length && b < ours.length && original[a] === ours[b]) {
      flush();
      a++;
      b++;
    } else if (b === ours.length || (a < original.length && common[a + 1][b] >= common[a][b + 1])) {
      run.original.push(original[a++]);
    } else {
      run.ours.push(ours[b++]);
    }
  }
  flush();
  return found;
}

/** How many lines are common from here on, for each pair of places. */
function commonLengths(original, ours) {
  const table = Array.from({ length: original.length + 1 }, () => new Uint16Array(ours.length + 1));
  for (let a = original.length - 1; a >= 0; a--) {
    for (let b = ours.length - 1; b >= 0; b--) {
      table[a][b] = original[a] === ours[b] ? table[a + 1][b + 1] + 1 : Math.max(table[a + 1][b], table[a][b + 1]);
    }
  }
  return table;
}

/** The entries of differences.json with their patterns made ready. */
export function readEntries(entries) {
  const whole = (pattern) => (pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 's'));
  return entries.map((entry) => ({
    ...entry,
    where: entry.match.where,
    after: whole(entry.match.after),
    sent: entry.match.sent === undefined ? undefined : new RegExp(entry.match.sent),
    sentTwice: entry.match.sentTwice === undefined ? undefined : new RegExp(entry.match.sentTwice, 'gi'),
    change: whole(entry.match.change),
    met: 0,
  }));
}

const matches = (entry, { setup, steps }, found) =>
  entry.where === found.where &&
  (entry.after === undefined || entry.after.test(found.after)) &&
  Object.entries(entry.match.options ?? {}).every(([name, value]) => isSame(setup[name], value)) &&
  (entry.sent === undefined || steps.some((step) => entry.sent.test(show(step)))) &&
  (entry.sentTwice === undefined || isRepeated(steps, entry.sentTwice)) &&
  entry.change.test(`${found.original.join('\n')} => ${found.ours.join('\n')}`);

/** Whether what the group of the pattern finds is found again, in small or in capital letters. */
function isRepeated(steps, pattern) {
  const found = steps.flatMap((step) => [...show(step).matchAll(pattern)].map(([, group]) => group.toLowerCase()));
  return new Set(found).size < found.length;
}

const isSame = (option, value) => JSON.stringify(option ?? null) === JSON.stringify(value);

/** The entries that nothing has needed: each is a failure of a whole run. */
export const unmet = (entries) => entries.filter(({ met }) => met === 0);

/**
 * The differences that not exactly one entry explains. After one that an entry calls `diverges` the two sides do not talk
 * about the same things any more; what follows says nothing.
 */
export function unexplained(found, dialogue, entries) {
  const left = [];
  for (const difference of found) {
    const fitting = entries.filter((entry) => matches(entry, dialogue, difference));
    for (const entry of fitting) entry.met++;
    if (fitting.length !== 1) left.push({ ...difference, claimed: fitting.map(({ id }) => id) });
    else if (fitting[0].diverges === true) return left;
  }
  return left;
}
