// The engine on many cores: node:cluster lets processes share one port, and gives connections to them in turn.
//
//   PORT=2525 PROCESSES=4 node examples/engine-cluster.mjs
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { SmtpServer } from 'smtp-engine';

const RESTART_DELAY_MS = 1_000;

if (cluster.isPrimary) supervise(Number(process.env.PROCESSES ?? availableParallelism()));
else await serve(Number(process.env.PORT ?? 2525));

/** Keeps so many processes alive, until it is told to stop; they finish what they have begun then. */
function supervise(processes) {
  let isStopping = false;
  for (let n = 0; n < processes; n++) cluster.fork();
  cluster.on('exit', ({ process: { pid } }, code, signal) => {
    if (isStopping) return;
    console.error(`process ${pid} ended with ${signal ?? code}; a new one takes its place`);
    setTimeout(() => isStopping || cluster.fork(), RESTART_DELAY_MS);
  });
  process.once('SIGTERM', () => {
    isStopping = true;
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
  });
}

async function serve(port) {
  const server = new SmtpServer(
    { name: 'mx.example.com', authOptional: true, recipients: 'any' },
    {
      data(message) {
        message.discard();
        return `taken by process ${process.pid}`;
      },
    },
  );
  const { address } = await server.listen({ port, host: '127.0.0.1' });
  console.log(`process ${process.pid} listens at ${address.address}:${address.port}`);
  process.once('SIGTERM', () => server.close().then(() => process.exit(0)));
}
