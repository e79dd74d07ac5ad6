// The durable path of the ingest application: accept, commit, 250. The application with its store and the same one with a
// store that discards, in turn, so that what else the machine does meets both; ratios are taken within a round. Linux only.
// After `npm run build`:
//
//   node bench/durable.mjs [--rounds N] [--seconds S] [--connections N] [--folder F]    exit code 1 where a target is missed
//   node bench/durable.mjs --smoke       short, ratios only, against two thirds of the targets: for CI
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { answerOf, load, peakOctets, withStore } from './durable/processes.mjs';

const KIB = 1024;
/** Octets of a mail, and the least share of the discarding rate that is left when mails are kept. */
const SIZES = [
  { name: '4 KiB', octets: 4 * KIB, share: 0.4 },
  { name: '100 KiB', octets: 100 * KIB, share: 0.33 },
];
const MOST_P99_BY_P50 = 5;
const MOST_DELAY_MS = 50;
const MOST_MEMORY_MIB = 64;
const LARGE_OCTETS = 50_000_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '64' },
    folder: { type: 'string', default: tmpdir() },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds ?? (values.smoke ? 3 : 5));
const task = {
  secure: true,
  connections: Number(values.connections),
  seconds: Number(values.seconds ?? (values.smoke ? 2 : 5)),
  warmupSeconds: values.smoke ? 1 : 2,
};
let misses = 0;

for (const size of SIZES) await compare(size);
if (!values.smoke) await measureMemory();
process.exitCode = misses === 0 ? 0 : 1;

async function compare({ name, octets, share }) {
  const kept = [];
  const ratios = [];
  for (let round = 1; round <= rounds; round++) {
    // Whoever is first finds the machine as the other one has left it: they take turns.
    const order = round % 2 === 0 ? ['real', 'discard'] : ['discard', 'real'];
    const results = {};
    for (const kind of order) results[kind] = await measure(kind, octets);
    kept.push(results.real);
    ratios.push(results.real.rate / results.discard.rate);
    if (!values.smoke) {
      console.log(`${name}, round ${round}: kept ${tell(results.real)}; discarded ${tell(results.discard)}`);
    }
  }
  const least = values.smoke ? (share * 2) / 3 : share;
  judge(
    `${name}: rate kept ÷ discarded`,
    median(ratios).toFixed(2),
    median(ratios) >= least,
    `at least ${least.toFixed(2)}`,
  );
  if (values.smoke) return;
  const spread = median(kept.map(({ p50Ms, p99Ms }) => p99Ms / p50Ms));
  const delay = median(kept.map(({ delayMs }) => delayMs));
  console.log(`${name}: ${median(kept.map(({ rate }) => rate)).toFixed(0)} mails a second kept`);
  judge(
    `${name}: p99 ÷ p50 of the answer to the mail`,
    spread.toFixed(1),
    spread <= MOST_P99_BY_P50,
    `at most ${MOST_P99_BY_P50}`,
  );
  judge(
    `${name}: event loop delay, p99`,
    `${delay.toFixed(0)} ms`,
    delay <= MOST_DELAY_MS,
    `at most ${MOST_DELAY_MS} ms`,
  );
}

function measure(kind, octets) {
  return withStore(kind, values.folder, async ({ child, port }) => {
    child.send('delay'); // forgets what the start took
    await answerOf(child);
    const result = await load({ ...task, octets, port });
    child.send('delay');
    return { ...result, ...(await answerOf(child)) };
  });
}

/** What one large mail adds to the most memory that the process has had, after a few small ones. */
async function measureMemory() {
  await withStore('real', values.folder, async ({ child, port }) => {
    await load({ ...task, connections: 1, octets: 4 * KIB, seconds: 1, port });
    const before = peakOctets(child);
    // One mail and no more: time is up while it is sent.
    await load({ ...task, connections: 1, octets: LARGE_OCTETS, warmupSeconds: 0, seconds: 0.01, port });
    const added = (peakOctets(child) - before) / KIB / KIB;
    judge(
      'memory for one mail of 50 MB',
      `${added.toFixed(0)} MiB`,
      added <= MOST_MEMORY_MIB,
      `at most ${MOST_MEMORY_MIB} MiB`,
    );
  });
}

function judge(what, value, isGood, target) {
  if (!isGood) misses++;
  console.log(`${what}: ${value} (${target}): ${isGood ? 'ok' : 'FAILED'}`);
}

function tell({ rate, p50Ms, p99Ms, delayMs }) {
  return `${rate.toFixed(0)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, loop p99 ${delayMs.toFixed(1)} ms`;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
