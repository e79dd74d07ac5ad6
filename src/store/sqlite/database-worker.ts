// The database thread: a thin shell that takes requests from the port, in their order, and answers them.
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Failure } from '../failure.js';
import { GroupCommit } from './group-commit.js';
import { operationsOn } from './operations.js';
import type { OperationName } from './operations.js';
import type { Answer, Reply, Request, ThreadData } from './protocol.js';
import { SqliteDatabase } from './sqlite-database.js';

const port = parentPort as MessagePort;
const database = new SqliteDatabase((workerData as ThreadData).file);
const operations = operationsOn(database) as unknown as Record<OperationName, (...args: readonly unknown[]) => unknown>;
// The replies of a group travel together.
let replies: Reply[] = [];
let stopped = false;

const group = new GroupCommit(
  (messages) => (stopped ? messages.map(() => undefined) : database.insert(messages)),
  () => {
    flushReplies();
    stopIfFatal(database.checkpointWhenDue());
  },
);

port.on('message', (request: Request) => {
  if (stopped) return;
  if ('keep' in request) {
    group.add({ message: request.keep, done: (failure) => reply({ number: request.number, failure }) });
    return;
  }
  if ('close' in request) {
    close(request.number);
    return;
  }
  reply(run(request.number, request.call, request.args));
  flushReplies();
});
port.postMessage({ replies: [] } satisfies Answer);

function run(number: number, call: OperationName, args: readonly unknown[]): Reply {
  try {
    return { number, value: operations[call](...args) };
  } catch (error) {
    return { number, failure: database.failureOf(error) };
  }
}

/** Nothing is said any more after a fatal failure: whether a later commit is durable, nobody knows. */
function reply(answer: Reply): void {
  if (stopped) return;
  replies.push(answer);
  stopIfFatal(answer.failure);
}

function stopIfFatal(failure: Failure | undefined): void {
  if (stopped || failure?.kind !== 'fatal') return;
  stopped = true;
  // The connection stays open: closing it would sync again what could not be synced.
  port.postMessage({ replies, fatal: failure } satisfies Answer);
}

function flushReplies(): void {
  if (stopped || replies.length === 0) return;
  port.postMessage({ replies } satisfies Answer);
  replies = [];
}

function close(number: number): void {
  group.flush();
  if (stopped) return;
  database.close();
  reply({ number });
  flushReplies();
  port.close();
}
