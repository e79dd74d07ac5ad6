// Compares servers: for each workload, round by round, one server after the other, so that what else the machine does meets
// all of them; ratios are taken within a round. Linux only (process-cost.mjs). After `npm run build`:
//
//   node bench/run.mjs                                            smtp-server, the engine, Nest; all workloads
//   node bench/run.mjs --workload W2,W3 --server smtp-server,engine,smtp-sink --rounds 5 --seconds 3
//   … --server bare,engine                                        against the least that `node:net` costs
//   node bench/run.mjs --scale                                    cost at 1×, 4× and 16× of size, recipients …
//   … --json FILE                                                 every row, one line each
import { appendFileSync } from 'node:fs';
import { platform } from 'node:os';
import { parseArgs } from 'node:util';
import { makeCertificate } from './certificate.mjs';
import { measure } from './measure.mjs';
import { describe, tableOf } from './report.mjs';
import { obstacle, SERVERS } from './servers.mjs';
import { SCALES, WORKLOADS } from './workloads.mjs';

const { values } = parseArgs({
  options: {
    workload: { type: 'string', default: Object.keys(WORKLOADS).join() },
    server: { type: 'string', default: 'smtp-server,engine,nest' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '1.5' },
    scale: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
if (platform() !== 'linux') throw new Error('the benchmark reads /proc, which only Linux has');

const servers = pick(SERVERS, values.server, 'server');
const workloads = values.scale ? scaled() : pick(WORKLOADS, values.workload, 'workload');
const settings = {
  seconds: Number(values.seconds),
  warmupSeconds: Number(values.warmup),
  certificate: await makeCertificate(),
};
console.log(describe());
for (const [name, workload] of workloads) {
  const rows = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const [server, how] of servers)
      rows.push({ ...(await one(server, how, workload)), workload: name, server, round });
  }
  if (values.json !== undefined) for (const row of rows) appendFileSync(values.json, JSON.stringify(row) + '\n');
  console.log(tableOf(name, workload, rows));
}

async function one(server, how, workload) {
  const reason = obstacle(how, workload);
  if (reason !== undefined) return { failure: reason };
  try {
    return await measure(how, workload, settings);
  } catch (error) {
    return { failure: error.message };
  }
}

function scaled() {
  return Object.entries(SCALES).flatMap(([name, at]) => [1, 4, 16].map((times) => [`${name} ×${times}`, at(times)]));
}

function pick(all, names, what) {
  return names.split(',').map((name) => {
    if (all[name] === undefined)
      throw new Error(`there is no ${what} ${name}; there are: ${Object.keys(all).join(', ')}`);
    return [name, all[name]];
  });
}
