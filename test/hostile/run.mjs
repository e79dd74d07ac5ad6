// Clients that mean harm, over real sockets: what they cost the server, and whether it still serves others meanwhile and
// afterwards. Each case has an engine of its own, in a process of its own.
//
//   node test/hostile/run.mjs [part of a case's name …]
//
// Takes about a minute; needs Linux (/proc) and some 6,000 open files. The exit code says whether all is well.
import { execFileSync } from 'node:child_process';
import { cases } from './cases.mjs';
import { normalSession } from './client.mjs';
import { ServerProcess } from './server.mjs';

const OPEN_FILES = 6000;
/** How long connections may stay open when their clients are gone. */
const PATIENCE_MS = 5000;
/** A normal session must not take longer, whatever else goes on. */
const SLOWEST_SESSION_MS = 3000;

// Node raises its own limit as far as it may; a shell inherits it.
const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
if (limit !== 'unlimited' && Number(limit) < OPEN_FILES) {
  console.error(
    `at most ${limit} files may be open here, ${OPEN_FILES} are needed: run "ulimit -Hn ${OPEN_FILES}" as root`,
  );
  process.exit(2);
}

const wanted = process.argv.slice(2);
let failures = 0;
for (const hostile of cases) {
  if (wanted.length > 0 && !wanted.some((part) => hostile.name.includes(part))) continue;
  const { line, isGood } = await run(hostile);
  if (!isGood) failures++;
  console.log(`${hostile.name.padEnd(40)} ${line} ${isGood ? 'ok' : 'FAILED'}`);
}
process.exit(failures === 0 ? 0 : 1);

async function run({ attack, options, boundMb }) {
  const server = await ServerProcess.start(options);
  const problems = [];
  const said = [];
  let during = 'no';
  try {
    const { port, securePort } = server;
    const seen = {
      port,
      securePort,
      timeoutMs: options.socketTimeout,
      growth: () => server.growth(),
      whenIdle: (patienceMs) => server.whenIdle(patienceMs),
    };
    said.push(
      await attack(seen, async () => {
        during = await normalSession(port);
      }),
    );
    const after = await normalSession(port);
    const open = await server.whenIdle(PATIENCE_MS);
    const { rssMb, peakMb } = await server.growth();
    said.push(`memory +${rssMb.toFixed(0)} MB, at most +${peakMb.toFixed(0)} of ${boundMb.toFixed(0)}`);
    said.push(`a normal session ${during} ms meanwhile, ${after} ms after`);
    if (open > 0) problems.push(`${open} connections stay open`);
    if (!(peakMb <= boundMb)) problems.push('too much memory');
    if (!(Math.max(during, after) <= SLOWEST_SESSION_MS)) problems.push('others have to wait');
  } catch (error) {
    problems.push(error.message);
  }
  const death = await server.stop();
  if (death !== undefined) problems.push(death);
  return { line: [...said, ...problems].join('; '), isGood: problems.length === 0 };
}
