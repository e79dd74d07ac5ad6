// A short run against the ratios that bench/figures.json keeps: fails where one has fallen by a third. Ratios only, never
// times: they hold on another machine too, within bounds. A workload that looks bad is given two more rounds.
//
//   node bench/smoke.mjs [--keep]      --keep writes what was measured as the new figures
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { makeCertificate } from './certificate.mjs';
import { measure } from './measure.mjs';
import { ratioTo } from './report.mjs';
import { SERVERS } from './servers.mjs';
import { WORKLOADS } from './workloads.mjs';

const BASE = 'smtp-server';
const FALL = 1 / 3;
const ROUNDS = 3;
const FIGURES = new URL('./figures.json', import.meta.url);

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const kept = JSON.parse(readFileSync(FIGURES, 'utf8'));
const settings = { seconds: 1, warmupSeconds: 1, certificate: await makeCertificate() };
const measured = {};
let failures = 0;

for (const [workload, expected] of Object.entries(kept)) {
  const servers = Object.keys(expected);
  const rows = [];
  const isGood = () => servers.every((server) => ratioTo(rows, server, BASE) >= expected[server] * (1 - FALL));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const server of [BASE, ...servers]) {
      rows.push({ ...(await measure(SERVERS[server], WORKLOADS[workload], settings)), server, round });
    }
    if (!values.keep && isGood()) break;
  }
  measured[workload] = Object.fromEntries(servers.map((name) => [name, Number(ratioTo(rows, name, BASE).toFixed(2))]));
  if (!isGood()) failures++;
  const said = servers.map((name) => `${name} ${measured[workload][name]} (kept: ${expected[name]})`).join(', ');
  console.log(`${workload}: ${BASE}'s cost ÷ ours: ${said}: ${isGood() ? 'ok' : 'FAILED'}`);
}
if (values.keep) writeFileSync(FIGURES, JSON.stringify(measured, null, 2) + '\n');
else process.exitCode = failures === 0 ? 0 : 1;
