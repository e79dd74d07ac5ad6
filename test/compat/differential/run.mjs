// The same dialogues with smtp-server and with smtp-engine/compat, and what differs.
//
//   npm run test:compat [-- --only PART]     SEED=… RUNS=… as well
//
// Hand-written dialogues are in dialogues/, RUNS more are made from SEED. What differs must be explained by exactly one
// entry of ../differences.json, and in a whole run each entry must be needed. `--self` plays the original against itself.
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SMTPServer as Original } from 'smtp-server';
import { differences, readEntries, unexplained, unmet } from './compare.mjs';
import { generate } from './generate.mjs';
import { play } from './play.mjs';
import { report } from './report.mjs';
import { setupOf } from './setups.mjs';
import { normalise } from './steps.mjs';

/** Dialogues at a time: most of a dialogue is waiting. */
const AT_A_TIME = 16;
/** A machine that is busy with something else may miss a time limit: what differs must differ each time. */
const REPEATS = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    self: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const runs = Number(process.env.RUNS ?? 1000);
const { SMTPServer: Ours } = values.self ? { SMTPServer: Original } : await import('smtp-engine/compat');
const entries = values.self
  ? []
  : readEntries(JSON.parse(readFileSync(new URL('../differences.json', import.meta.url), 'utf8')));

// The original lets a rejected handler go by; ours answers. Neither may end this process.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof Error && error.message === 'handler fault')) throw error;
});

const started = Date.now();
const written = await readDialogues();
const isWhole = values.only === undefined && runs >= 1000 && !values.self;
const wanted = [...written, ...generate(seed, runs)].filter(({ id }) => id.includes(values.only ?? ''));
console.log(`${written.length} dialogues written by hand, ${runs} made from SEED=${seed}`);
let failures = 0;
let next = 0;
await Promise.all(Array.from({ length: AT_A_TIME }, work));
for (const entry of isWhole ? unmet(entries) : []) {
  failures++;
  console.log(`FAILED: no dialogue meets the difference "${entry.id}" any more`);
}
const took = ((Date.now() - started) / 1000).toFixed(1);
for (const { id, met } of values.self ? [] : entries) console.log(`${String(met).padStart(6)} × ${id}`);
console.log(`${wanted.length} dialogues, ${took} s, ${failures} failures: ${failures === 0 ? 'ok' : 'FAILED'}`);
process.exit(failures === 0 ? 0 : 1);

async function work() {
  for (let dialogue; (dialogue = wanted[next++]) !== undefined;) await examine(dialogue);
}

async function examine(dialogue) {
  let played = await playBoth(dialogue);
  let left = judge(played, dialogue);
  for (let repeat = 0; left.length > 0 && repeat < REPEATS; repeat++) {
    const before = left;
    played = await playBoth(dialogue);
    left = judge(played, dialogue);
    if (left.length === 0) console.log(`${dialogue.id} differed once and not again: ${JSON.stringify(before[0])}`);
  }
  if (left.length === 0) return;
  failures++;
  console.log(report(dialogue, played, left, values.all));
}

function playBoth(dialogue) {
  return Promise.all([play(dialogue, Original), play(dialogue, Ours)]);
}

function judge([original, ours], dialogue) {
  return unexplained(differences(original, ours), dialogue, entries);
}

async function readDialogues() {
  const folder = new URL('dialogues/', import.meta.url);
  const found = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.mjs'))) {
    const { default: table } = await import(new URL(name, folder));
    for (const [id, setup, ...steps] of table) {
      found.push({
        id: `${name.slice(0, -4)}/${id}`,
        setupName: setup,
        setup: setupOf(setup),
        steps: normalise(steps),
      });
    }
  }
  const twice = found.find(({ id }, at) => found.findIndex((one) => one.id === id) !== at);
  if (twice !== undefined) throw new Error(`two dialogues are called ${twice.id}`);
  return found;
}
