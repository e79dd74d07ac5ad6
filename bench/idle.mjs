// What an idle connection costs the server: 5,000 clients say EHLO in clear and then nothing more. The engine runs in a
// process of its own; what its resident memory grows by, after a garbage collection, is divided by their number. As many
// are connected before that already: the first ones make V8 enlarge its young generation, once, by tens of megabytes.
//
//   node bench/idle.mjs [--connections N] [--rounds N]      exit code 1 above the target
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SmtpServer } from 'smtp-engine';

const TARGET_KB = 6;
/** Clients that connect at a time: no more than the kernel's queue takes. */
const AT_A_TIME = 100;

if (process.send === undefined) await measureAll();
else await serve();

async function serve() {
  const server = new SmtpServer(
    { name: 'bench.example', authOptional: true, recipients: 'any', socketTimeout: 600_000 },
    { data: (message) => message.discard() },
  );
  const { address } = await server.listen({ host: '127.0.0.1', port: 0 });
  process.on('message', async () => {
    // What the first one frees, such as buffers behind finalizers, the next ones collect.
    for (let i = 0; i < 4; i++) {
      globalThis.gc();
      await sleep(50);
    }
    process.send({ ...process.memoryUsage(), connections: server.connections().length });
  });
  process.send({ port: address.port });
}

async function measureAll() {
  const { values } = parseArgs({
    options: { connections: { type: 'string', default: '5000' }, rounds: { type: 'string', default: '3' } },
  });
  const count = Number(values.connections);
  const results = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const { rss, heap, external } = await measure(count);
    results.push(rss);
    console.log(
      `round ${round}: ${kb(rss)} KB a connection, of which JavaScript heap ${kb(heap)}, buffers ${kb(external)}`,
    );
  }
  const median = results.sort((a, b) => a - b)[results.length >> 1];
  const isGood = median <= TARGET_KB * 1024;
  console.log(
    `idle connection: ${kb(median)} KB (target ${TARGET_KB} KB, ${count} connections): ${isGood ? 'ok' : 'FAILED'}`,
  );
  process.exitCode = isGood ? 0 : 1;
}

async function measure(count) {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--expose-gc'] });
  const [{ port }] = await once(child, 'message');
  const memory = async () => {
    child.send('memory');
    return (await once(child, 'message'))[0];
  };
  const clients = await meet(port, count);
  const before = await memory();
  clients.push(...(await meet(port, count)));
  const after = await memory();
  for (const client of clients) client.destroy();
  child.kill();
  await once(child, 'exit');
  if (after.connections !== 2 * count) throw new Error(`${after.connections} of ${2 * count} connections are open`);
  const each = (name) => (after[name] - before[name]) / count;
  return { rss: each('rss'), heap: each('heapUsed'), external: each('external') };
}

async function meet(port, count) {
  const clients = [];
  while (clients.length < count) {
    const length = Math.min(AT_A_TIME, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length }, () => introduce(port)))));
  }
  return clients;
}

/** Connects and says EHLO; resolves when it has been answered. */
function introduce(port) {
  return new Promise((resolve, reject) => {
    const client = connect({ host: '127.0.0.1', port });
    let said = '';
    client.on('error', reject).on('close', () => reject(new Error('the server has closed a connection')));
    client.on('data', (chunk) => {
      said += chunk;
      if (said.startsWith('220') && said.split('\r\n').length === 2) client.write('EHLO client.example\r\n');
      else if (/^250 /m.test(said)) resolve(client.removeAllListeners('data'));
    });
  });
}

function kb(octets) {
  return (octets / 1024).toFixed(1);
}
