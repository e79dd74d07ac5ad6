import { afterEach, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryRoot } from './temporary.js';

/** How long a client may take, in milliseconds; they all are done in one or two seconds. */
const TIME_LIMIT_MS = 15_000;
/** And a test, which may have to start and stop a server too. */
jest.setTimeout(2 * TIME_LIMIT_MS);
/** Debian keeps servers in sbin, which is not in everybody's PATH. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a client process said and how it ended. */
export interface Outcome {
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface RunOptions {
  /** What the process reads from standard input. Default: nothing. */
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a client to its end. Rejects where it is not installed or takes too long. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(command, args, options.env);
  child.stdin!.on('error', () => undefined); // it may end without reading
  child.stdin!.end(options.input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS);
  const began = Date.now();
  const { code, output } = await ended(child);
  clearTimeout(timer);
  if (Date.now() - began >= TIME_LIMIT_MS)
    throw new Error(`${command} took more than ${TIME_LIMIT_MS} ms:\n${output()}`);
  return { code, output: output() };
}

/** Runs a client that has to succeed; a failure shows what it said. */
export async function succeed(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}:\n${output}`);
  return output;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Something to end after the present test, whatever comes of it. */
export function atEnd(stop: () => Promise<void>): void {
  stops.push(stop);
}

/** Starts a server that stays in the foreground and waits until its port answers; it is ended with the test. */
export async function startDaemon(command: string, args: readonly string[], port: number): Promise<() => string> {
  const child = start(command, args);
  let gone = false;
  const end = ended(child).finally(() => (gone = true));
  end.catch(() => undefined); // the loop below asks again
  atEnd(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await end.catch(() => undefined);
    clearTimeout(timer);
  });
  const output = collect(child);
  for (let waited = 0; !(await answers(port)); waited += 20) {
    if (gone) await end; // rejects where it could not be started at all
    if (gone || waited > 5000) throw new Error(`${command} does not listen on ${port}:\n${output()}`);
    await sleep(20);
  }
  return output;
}

/** A port that is free now, for servers that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until something is so, as `eventually()` but for slower things. */
export async function waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 50) {
    if (waited > TIME_LIMIT_MS) throw new Error(`this never became so: ${what}`);
    await sleep(50);
  }
}

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const folder = temporaryRoot();
  return spawn(command, args, {
    // Nothing of this machine's or this user's configuration.
    env: { PATH, HOME: folder, LANG: 'C.UTF-8', ...env },
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcess): () => string {
  let output = '';
  const add = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout!.on('data', add);
  child.stderr!.on('data', add);
  return () => output;
}

function ended(child: ChildProcess): Promise<{ code: number | null; output: () => string }> {
  const output = collect(child);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new Error(`${child.spawnfile} does not start; .ci/install-interop installs it`, { cause: error }));
    });
    child.once('close', (code) => resolve({ code, output }));
  });
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
