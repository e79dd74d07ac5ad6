// The load generator, a process of its own: keeps `conns` clients at it, and tells on request what has been done so far.
//   fork(generate.mjs), then send { workload, port }; later 'count', 'stop'
import { Client } from './client.mjs';
import { LatencyHistogram } from './latency-histogram.mjs';
import { makeScript } from './scripts.mjs';

/** Connections that are begun in one turn: no more than the kernel's queue takes. */
const AT_A_TIME = 100;

const counters = { done: 0, octets: 0, errors: 0, firstError: undefined };
const latencies = new LatencyHistogram();
const clients = new Set();
let isOver = false;

process.on('message', (message) => {
  if (message === 'count') {
    process.send({ ...counters, cpu: process.cpuUsage(), ...latencies.summary() });
    latencies.clear();
  } else if (message === 'stop') stop();
  else begin(message);
});
process.on('disconnect', () => process.exit());

function begin({ workload, port }) {
  const script = makeScript(workload);
  const target = { port, tls: workload.tls };
  let open = 0;
  const events = {
    isOver: () => isOver,
    done(latencyMs, octets) {
      counters.done++;
      counters.octets += octets;
      latencies.add(latencyMs);
      if (counters.done === workload.messages) process.send('finished');
    },
    failed(what) {
      if (isOver) return;
      counters.errors++;
      counters.firstError ??= what;
    },
    closed(client) {
      clients.delete(client);
      if (!isOver) add();
    },
  };
  const add = () => clients.add(new Client(target, script, events));
  const more = () => {
    for (const until = Math.min(workload.conns, open + AT_A_TIME); open < until; open++) add();
    if (open < workload.conns) setTimeout(more, 10);
  };
  more();
}

function stop() {
  isOver = true;
  for (const client of clients) client.destroy();
  process.disconnect();
}
