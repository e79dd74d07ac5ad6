// One server, one workload, once.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuMicroseconds, residentOctets } from './process-cost.mjs';
import { fillIn } from './servers.mjs';

const GENERATOR = fileURLToPath(new URL('./load/generate.mjs', import.meta.url));
const START_TIMEOUT_MS = 15_000;
/** A bulk workload that has not come to its end by then has failed. */
const FINISH_TIMEOUT_MS = 180_000;

/**
 * @param settings { seconds, warmupSeconds, certificate }
 * @returns {{ cost, unit, rate, p50Ms, p99Ms, serverCpu, clientCpu }} cost: microseconds of the server's processor time a
 *   message or an MB (10^6 octets); octets of memory a connection in mode `idle`
 */
export async function measure(server, workload, settings) {
  const port = await freePort();
  const { key, cert } = settings.certificate;
  const [program, ...args] = fillIn(server.command, { port, key, cert, tls: workload.tls ?? 'none' });
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const generator = fork(GENERATOR);
  try {
    await listening(port, child);
    return workload.mode === 'idle'
      ? await measureMemory(server, child, generator, port, workload)
      : await measureCpu(child.pid, generator, port, workload, settings);
  } finally {
    if (generator.connected) generator.send('stop');
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function measureCpu(pid, generator, port, workload, { seconds, warmupSeconds }) {
  // What ends by a number of messages has its first one to warm up; the others go on for a while.
  const finished = workload.messages === undefined ? undefined : finish(generator);
  generator.send({
    workload: { ...workload, messages: workload.messages && workload.messages + workload.conns },
    port,
  });
  if (finished) await firstDone(generator, workload.conns);
  else await sleep(warmupSeconds * 1000);
  const before = { ...(await count(generator)), server: cpuMicroseconds(pid), at: performance.now() };
  if (finished) await finished;
  else await sleep(seconds * 1000);
  const after = { ...(await count(generator)), server: cpuMicroseconds(pid), at: performance.now() };
  if (after.errors > 0) throw new Error(`the client met errors, the first was: ${after.firstError}`);
  const elapsed = (after.at - before.at) * 1000;
  const perUnit = workload.unit === 'MB' ? 1e6 : 1;
  const amount = (workload.unit === 'MB' ? after.octets - before.octets : after.done - before.done) / perUnit;
  if (amount <= 0) throw new Error('nothing was done in the time there was');
  return {
    cost: (after.server - before.server) / amount,
    unit: workload.unit ?? 'message',
    rate: amount / (elapsed / 1e6),
    p50Ms: after.p50Ms,
    p99Ms: after.p99Ms,
    serverCpu: (after.server - before.server) / elapsed,
    clientCpu: (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / elapsed,
  };
}

/** What the second thousands of connections add: the first ones make V8 and the allocator take memory once. */
async function measureMemory(server, child, generator, port, workload) {
  const other = fork(GENERATOR);
  try {
    const octets = [];
    for (const each of [generator, other]) {
      each.send({ workload, port });
      await firstDone(each, workload.conns);
      if (server.collects) for (let i = 0; i < 4; i++) child.kill('SIGUSR2') && (await sleep(100));
      octets.push(residentOctets(child.pid));
    }
    const { errors, firstError } = await count(other);
    if (errors > 0) throw new Error(`the client met errors, the first was: ${firstError}`);
    return { cost: (octets[1] - octets[0]) / workload.conns, unit: 'connection', rate: workload.conns };
  } finally {
    other.send('stop');
  }
}

async function firstDone(generator, number) {
  const until = performance.now() + FINISH_TIMEOUT_MS;
  for (;;) {
    const { done, errors, firstError } = await count(generator);
    if (errors > 0) throw new Error(`the client met errors, the first was: ${firstError}`);
    if (done >= number) return;
    if (performance.now() > until) throw new Error(`${done} of ${number} were done in time`);
    await sleep(20);
  }
}

function finish(generator) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the workload came to no end')), FINISH_TIMEOUT_MS);
    generator.once('exit', () => clearTimeout(timer));
    generator.on('message', (message) => {
      if (message !== 'finished') return;
      clearTimeout(timer);
      resolve();
    });
  });
}

function count(generator) {
  return new Promise((resolve) => {
    const hear = (message) => {
      if (message === 'finished') return;
      generator.off('message', hear);
      resolve(message);
    };
    generator.on('message', hear).send('count');
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port, child) {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server has ended with exit code ${child.exitCode}`);
    const socket = connect({ host: '127.0.0.1', port });
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return sleep(200);
    await sleep(50);
  }
  throw new Error('the server has not opened its port');
}
