import { afterEach, expect, jest, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DialogueClient } from 'smtp-engine/testing';
import { dial } from '../support/smtp.js';

jest.setTimeout(30_000);

const EXAMPLE = fileURLToPath(new URL('../../examples/engine-cluster.mjs', import.meta.url));
let example: ChildProcess;
let output: string;

afterEach(() => void example.kill('SIGKILL'));

async function start(): Promise<number> {
  output = '';
  example = spawn(process.execPath, [EXAMPLE], { env: { ...process.env, PORT: '0', PROCESSES: '2' } });
  for (const stream of [example.stdout!, example.stderr!]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  await until(() => output.match(/listens/g)?.length === 2);
  return Number(/:(\d+)/.exec(output)![1]);
}

async function until(what: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !what();) {
    if (Date.now() > deadline) throw new Error(`waited in vain; the example said:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Sends a mail; gives the process that took it. */
async function takenBy(client: DialogueClient): Promise<number> {
  await client.ehlo();
  const reply = await client.send({ from: 'a@example.org', to: ['b@example.com'], data: 'Subject: x\r\n\r\nx\r\n' });
  return Number(/^taken by process (\d+)$/.exec(reply.lines[0]!)![1]);
}

test('two processes serve one port, a dead one is replaced, SIGTERM lets both finish', async () => {
  const port = await start();
  expect(output.match(new RegExp(`:${port}$`, 'gm'))).toHaveLength(2);
  const clients: DialogueClient[] = [];
  const pids = new Set<number>();
  for (let n = 0; n < 6; n++) {
    clients.push(await dial(port));
    pids.add(await takenBy(clients.at(-1)!));
  }
  expect(pids.size).toBe(2);
  const [victim = 0] = pids;
  process.kill(victim, 'SIGKILL');
  await until(() => output.match(/listens/g)?.length === 3);
  pids.clear();
  for (let n = 0; n < 6; n++) {
    clients.push(await dial(port));
    pids.add(await takenBy(clients.at(-1)!));
  }
  expect(pids.size).toBe(2);
  expect(pids).not.toContain(victim);

  const survivor = clients.at(-1)!;
  await survivor.command('MAIL FROM:<a@example.org>');
  await survivor.command('RCPT TO:<b@example.com>');
  await survivor.command('DATA');
  const ended = once(example, 'exit');
  example.kill('SIGTERM');
  expect(await clients.at(-2)!.reply()).toMatchObject({ code: 421 });
  expect(await survivor.command('x\r\n.')).toMatchObject({ code: 250 });
  expect((await ended)[0]).toBe(0);
});
