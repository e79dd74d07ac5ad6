// The ingest application in a process of its own, with its store or with one that discards; a child of durable.mjs.
// Settings come by the environment, as ever. Says { port } when it is up; answers 'delay' with the 99th percentile of the
// event loop's delay since the last time it was asked, in milliseconds.
//   node bench/durable/app.mjs real|discard
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Test } from '@nestjs/testing';
import { SmtpTransport } from 'nestjs-smtp';
import { AppModule } from '../../dist/app.module.js';
import { MessageStore } from '../../dist/store/message-store.js';

/** Reads a mail to its end and keeps nothing of it: what the rest of the application costs. */
class DiscardingStore extends MessageStore {
  async accept(body, origin) {
    let size = 0;
    for await (const chunk of body) size += chunk.length;
    return { ...origin, id: randomUUID(), receivedAt: new Date(), subject: '', from: '', size };
  }
  list() {
    return Promise.resolve([]);
  }
  find() {
    return Promise.resolve(undefined);
  }
  open() {
    return Promise.resolve(undefined);
  }
  check() {
    return Promise.resolve();
  }
  onAccepted() {
    return () => undefined;
  }
}

const builder = Test.createTestingModule({ imports: [AppModule] });
if (process.argv[2] === 'discard') builder.overrideProvider(MessageStore).useClass(DiscardingStore);
const app = (await builder.compile()).createNestApplication({ logger: false });
await app.listen(0, '127.0.0.1');

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', () => {
  process.send({ delayMs: delay.percentile(99) / 1e6 - 5 });
  delay.reset();
});
process.on('SIGTERM', () => app.close().then(() => process.exit(0)));
const listener = app
  .get(SmtpTransport)
  .addresses()
  .find(({ secure }) => secure);
process.send({ port: listener.address.port });
