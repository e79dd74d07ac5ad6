// A mutation fuzzer for the engine: dialogues of the corpus, changed at random, are played to a server with everything on.
//
//   node test/fuzz/run.mjs [--seed N] [--runs N | --seconds N]
//
// It tries the same inputs for the same seed. What fails is made smaller, kept in test/fuzz/corpus/found-*.txt and tried
// first from then on; the exit code is 1 then. See CONTRIBUTING.md.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { corpusFile, format, readCorpus } from './corpus.mjs';
import { LISTENERS } from './listeners.mjs';
import { minimise } from './minimise.mjs';
import { mutate } from './mutate.mjs';
import { close, judge, leftOpen, stray } from './play.mjs';
import { Random } from './random.mjs';

/** Inputs that are played at a time: some of them wait for a time limit. */
const BATCH = 24;
/** Inputs that are kept because they went a new way; the corpus comes on top. */
const MAX_KEPT = 2000;
const MAX_FAILURES = 5;

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string' }, seconds: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const runs = Number(values.runs ?? (values.seconds === undefined ? 2000 : Infinity));
const seconds = Number(values.seconds ?? Infinity);
if (![seed, runs, seconds].every((value) => value >= 0)) {
  console.error('--seed, --runs and --seconds take numbers');
  process.exit(2);
}

const random = new Random(seed);
const corpus = readCorpus();
const population = [...corpus];
const routes = new Set();
const names = Object.keys(LISTENERS);
const started = Date.now();
let done = 0;
let failures = 0;
console.log(`seed ${seed}, ${corpus.length} dialogues in the corpus`);

// As they are, before anything is made of them: what was found once must not come back.
for (const input of corpus) await examine([input]);
while (done < runs && Date.now() - started < seconds * 1000 && failures < MAX_FAILURES) {
  const inputs = Array.from({ length: Math.min(BATCH, runs - done) }, invent);
  await examine(inputs);
  done += inputs.length;
}
await close();
const took = ((Date.now() - started) / 1000).toFixed(1);
console.log(
  `${done} inputs, ${routes.size} ways through the engine, ${took} s, ${failures} failures: ${failures === 0 ? 'ok' : 'FAILED'}`,
);
process.exit(failures === 0 ? 0 : 1);

function invent() {
  const parent = random.pick(population);
  const octets = mutate(parent, random.pick(population), random);
  const listener = random.once(8) ? random.pick(names) : parent.listener;
  const cuts = Array.from({ length: 1 + random.below(random.once(3) ? 60 : 6) }, () => random.below(octets.length + 1));
  return { listener, octets, cuts, vanish: random.once(10) ? random.below(octets.length + 1) : undefined };
}

/** Plays inputs side by side; where something is wrong and nobody knows with which, one by one. */
async function examine(inputs) {
  const judged = await Promise.all(inputs.map(judge));
  const nobodys = await unattributed();
  for (const [index, input] of inputs.entries()) {
    const { problems, way } = judged[index];
    if (problems.length > 0) await confirm(input, problems);
    else if (nobodys.length > 0 && inputs.length > 1) await examine([input]);
    else keep(input, way);
  }
  if (nobodys.length > 0 && inputs.length === 1) await report(inputs[0], nobodys);
}

/** On a machine that is busy with something else a time limit may pass meanwhile: alone, it has to happen again. */
async function confirm(input, problems) {
  const kind = kindOf(problems[0]);
  for (let times = 0; times < 3; times++) {
    const again = await judge(input);
    if (again.problems.some((problem) => kindOf(problem) === kind)) return report(input, problems);
  }
  console.log(`this happened once and not again: ${problems[0]}`);
}

async function unattributed() {
  return [...(await leftOpen()), ...stray.splice(0)];
}

async function report(input, problems) {
  failures++;
  const kind = kindOf(problems[0]);
  const smallest = await minimise(input, async (candidate) => {
    const found = [...(await judge(candidate)).problems, ...(await unattributed())];
    return found.some((problem) => kindOf(problem) === kind);
  });
  const hash = createHash('sha256').update(format(smallest, [])).digest('hex').slice(0, 12);
  const file = corpusFile(`found-${hash}.txt`);
  const comment = problems[0]
    .split('\n')[0]
    .replace(/[^ -~]/g, '?')
    .slice(0, 200);
  const howTo = 'Mend the engine, say here what this was, and keep the file: every run begins with it.';
  if (input.isFound !== true) writeFileSync(file, format(smallest, [comment, howTo]), 'latin1');
  const where = input.isFound ? `test/fuzz/corpus/${input.name}` : relative(process.cwd(), fileURLToPath(file));
  console.log(`FAILED: ${problems.join('\n  ')}\n  ${where}`);
}

/** Problems of one kind begin alike; what comes after a colon tells them apart. */
function kindOf(problem) {
  return problem.split(':')[0];
}

/** What goes a way that none went before is worth changing further. */
function keep(input, way) {
  if (way === undefined || routes.has(way)) return;
  routes.add(way);
  if (!corpus.includes(input) && population.length < corpus.length + MAX_KEPT) population.push(input);
}
