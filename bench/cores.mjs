// Two processes against one: the engine under node:cluster (examples/engine-cluster.mjs) and the ingest application with
// WORKERS, in turn; ratios are taken within a round. The clients need processor time as well: on a machine of two cores
// they take about half of it, and the ratio of the rates says as much about them as about the server. What the server can do with
// its cores to itself follows from its own processor time: twice as much, less what the second process makes each one dearer. After `npm run build`:
//
//   node bench/cores.mjs [--rounds N] [--seconds S] [--processes N] [--only engine|app]
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { load, processorMs, withScript, withWorkers } from './durable/processes.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    processes: { type: 'string', default: '2' },
    folder: { type: 'string', default: tmpdir() },
    only: { type: 'string', default: 'engine,app' },
  },
});
const engine = (processes, use) => {
  Object.assign(process.env, { PORT: '0', PROCESSES: String(processes) });
  return withScript('../../examples/engine-cluster.mjs', [], use);
};
const app = (workers, use) => withWorkers(workers, values.folder, use);
const SERVERS = { engine: { with: engine, secure: false }, app: { with: app, secure: true } };
const TASKS = {
  connections: { storm: true, connections: 32 },
  'messages of 4 KiB': { connections: 64, octets: 4096 },
};

for (const name of values.only.split(',')) for (const task of Object.keys(TASKS)) await compare(name, task);

async function compare(name, taskName) {
  const { with: start, secure } = SERVERS[name];
  const task = { ...TASKS[taskName], secure, seconds: Number(values.seconds), warmupSeconds: 1.5 };
  const rates = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const pair = [];
    for (const processes of [1, Number(values.processes)]) {
      pair.push(await start(processes, (server) => measure(server, { ...task, port: server.port })));
    }
    rates.push(pair);
  }
  const of = (pick) => median(rates.map(pick));
  const rate = `${of(([a]) => a.rate).toFixed(0)}/s and ${of(([, b]) => b.rate).toFixed(0)}/s`;
  const cost = `${of(([a]) => a.cost).toFixed(0)} and ${of(([, b]) => b.cost).toFixed(0)} µs of processor time each`;
  const [byRate, byCost] = [of(([a, b]) => b.rate / a.rate), of(([a, b]) => (values.processes * a.cost) / b.cost)];
  console.log(
    `${name}, ${taskName}: ${rate} (× ${byRate.toFixed(2)}); ${cost} (× ${byCost.toFixed(2)} with cores to itself)`,
  );
}

async function measure({ child, port }, task) {
  const before = processorMs(child);
  const { rate, total } = await load({ ...task, port });
  return { rate, cost: ((processorMs(child) - before) * 1000) / total };
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
