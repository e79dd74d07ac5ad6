import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DialogueClient } from 'smtp-engine/testing';
import {
  type AppProcess,
  launchApp,
  removeFolder,
  startApp,
  TEST_USER,
  temporaryFolder,
} from '../support/app-process.js';
import { dial, dialSecurely, logIn } from '../support/smtp.js';

jest.setTimeout(60_000);

const LARGE = `${'x'.repeat(998)}\r\n`.repeat(300); // goes to a file
let dataDir: string;
let apps: AppProcess[];

beforeEach(() => {
  dataDir = temporaryFolder();
  apps = [];
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop('SIGKILL')));
  removeFolder(dataDir);
});

async function started(env: Record<string, string> = {}): Promise<AppProcess> {
  const app = await startApp(dataDir, { env: { WORKERS: '2', ...env } });
  apps.push(app);
  return app;
}

/** The processes of the workers that live, by what they log. */
function workersOf(app: AppProcess): number[] {
  const pids = [...app.output.matchAll(/\[worker \d+\] (\d+)/g)].map(([, pid]) => Number(pid));
  return [...new Set(pids)].filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await what());) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function health(app: AppProcess, path = 'ready'): Promise<[number, unknown]> {
  const response = await app.api(`/health/${path}`);
  return [response.status, await response.json()];
}

async function messages(app: AppProcess): Promise<{ id: string; subject: string }[]> {
  const all: { id: string; subject: string }[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await (await app.api(`/api/messages?limit=200${cursor && `&cursor=${cursor}`}`)).json();
    const { items, next } = page as { items: { id: string; subject: string }[]; next: string | null };
    all.push(...items);
    cursor = next;
  }
  return all;
}

/** Sends a mail; gives its id. */
async function send(client: DialogueClient, subject: string, text = 'small\r\n'): Promise<string> {
  const data = `Subject: ${subject}\r\n\r\n${text}`;
  const reply = await client.send({ from: 'me@example.org', to: ['you@example.org'], data });
  if (reply.code !== 250) throw new Error(`not taken: ${reply.raw.join('\n')}`);
  return reply.lines[0]!.split(' ').at(-1)!;
}

/** Sends until the connection is gone, and puts what was acknowledged into the map; every fifth is large. */
async function sendUntilGone(app: AppProcess, name: string, acknowledged: Map<string, string>): Promise<void> {
  try {
    const client = await logIn(app);
    for (let n = 0; ; n++) {
      const isLarge = n % 5 === 4;
      const subject = `${name}n${n}${isLarge ? 'large' : ''}`;
      acknowledged.set(await send(client, subject, isLarge ? LARGE : undefined), subject);
    }
  } catch (error) {
    if (!/closed the connection|ECONNRE|EPIPE|socket/i.test(String(error))) throw error;
  }
}

describe('WORKERS=2', () => {
  test('mails over many connections are kept once each, small and large, in the order of their ids', async () => {
    const app = await started();
    expect(workersOf(app)).toHaveLength(2);
    const clients = await Promise.all(Array.from({ length: 12 }, () => logIn(app)));
    const sent = new Map<string, string>();
    for (let round = 0; round < 5; round++) {
      const texts = clients.map((_, n) => `r${round}c${n}`);
      const ids = await Promise.all(
        clients.map((client, n) => send(client, texts[n]!, round === 2 ? LARGE : undefined)),
      );
      ids.forEach((id, n) => sent.set(id, texts[n]!));
    }
    const kept = await messages(app);
    expect(kept).toHaveLength(60);
    expect(new Map(kept.map(({ id, subject }) => [id, subject]))).toEqual(sent);
    // Newest first, and each round came after the one before, whichever process took its mails.
    expect(kept.map(({ subject }) => Number(subject[1]))).toEqual([4, 3, 2, 1, 0].flatMap((n) => Array(12).fill(n)));
    const large = kept.find(({ subject }) => subject === 'r2c7')!;
    expect(await (await app.api(`/api/messages/${large.id}/raw`)).text()).toMatch(/\r\nSubject: r2c7\r\n\r\nxxx/);
  });

  test('killed workers lose no acknowledged message, and new ones take their place', async () => {
    const ROUNDS = 8;
    const app = await started();
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round++) {
      const connections = Array.from({ length: 8 }, (_, n) => sendUntilGone(app, `r${round}c${n}`, acknowledged));
      await new Promise((resolve) => setTimeout(resolve, 250 + Math.random() * 200));
      // One after the other, and now and then both at once; all clients are gone after it.
      const victims = workersOf(app);
      for (const pid of victims) {
        process.kill(pid, 'SIGKILL');
        if (round % 3 !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await Promise.all(connections);
      await until(async () => (await health(app))[0] === 200 && workersOf(app).length === 2);
      await until(async () => JSON.stringify(await health(app)).includes('"ready":2'));
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 8);
    const kept = new Map((await messages(app)).map(({ id, subject }) => [id, subject]));
    expect([...acknowledged].filter(([id, subject]) => kept.get(id) !== subject)).toEqual([]);
    const large = [...acknowledged].filter(([, subject]) => subject.endsWith('large')).slice(-5);
    expect(large.length).toBeGreaterThan(0);
    for (const [id] of large)
      expect((await (await app.api(`/api/messages/${id}/raw`)).text()).endsWith(LARGE)).toBe(true);
    expect(app.output).toMatch(/\[owner\].*worker \d+ \(pid \d+\) ended with SIGKILL; a new one takes its place/);
    // Unfinished files go with the process that wrote them.
    await until(() => readdirSync(join(dataDir, 'tmp')).length <= 2);
  }, 120_000);

  test('the budget of refused logins holds for all workers together', async () => {
    const app = await started({ MAX_LOGIN_FAILURES: '4' });
    const clients: DialogueClient[] = [];
    for (let n = 0; n < 6; n++) clients.push(await dialSecurely(app.smtpPort));
    const codes: number[] = [];
    for (const client of clients) codes.push((await client.authPlain(TEST_USER, 'wrong')).code);
    expect(codes).toEqual([535, 535, 535, 535, 421, 421]);
  });

  test('the caps hold for all workers together, and what a killed one had is free again', async () => {
    const app = await started({ MAX_CLIENTS: '5', MAX_CLIENTS_PER_ADDRESS: '4' });
    const greeted = async (): Promise<boolean> => {
      const client = await dial(app.smtpPort);
      return (await client.ehlo().catch(() => undefined))?.code === 250;
    };
    for (let n = 0; n < 4; n++) expect(await greeted()).toBe(true);
    expect(await greeted()).toBe(false);
    for (const pid of workersOf(app)) process.kill(pid, 'SIGKILL');
    await until(async () => JSON.stringify(await health(app)).includes('"ready":2'));
    // Until the new ones are there nobody listens.
    await until(() => greeted().catch(() => false));
  });

  test('health tells how many workers there are', async () => {
    const app = await started();
    const all = { configured: 2, ready: 2 };
    expect(await health(app)).toEqual([200, { status: 'ok', workers: all }]);
    expect(await health(app, 'live')).toEqual([200, { status: 'ok', workers: all }]);
    for (const pid of workersOf(app)) process.kill(pid, 'SIGKILL');
    const none = { status: 'unavailable', reason: 'no worker takes mail', workers: { configured: 2, ready: 0 } };
    await until(async () => JSON.stringify(await health(app)) === JSON.stringify([503, none]));
    await until(
      async () => JSON.stringify(await health(app)) === JSON.stringify([200, { status: 'ok', workers: all }]),
    );
  });

  test('SIGTERM: transactions of all workers are finished, idle clients get 421, no process is left, exit 0', async () => {
    const app = await started();
    const busy = await Promise.all(Array.from({ length: 4 }, () => logIn(app)));
    const idle = await Promise.all(Array.from({ length: 4 }, () => logIn(app)));
    for (const client of busy) {
      for (const command of ['MAIL FROM:<me@example.org>', 'RCPT TO:<you@example.org>', 'DATA'])
        await client.command(command);
    }
    const pids = workersOf(app);
    const exit = app.stop();
    for (const client of idle) expect(await client.reply()).toMatchObject({ code: 421, enhanced: '4.3.2' });
    for (const [n, client] of busy.entries())
      expect(await client.command(`Subject: b${n}\r\n\r\nx\r\n.`)).toMatchObject({ code: 250 });
    expect(await exit).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await messages(await started())).map(({ subject }) => subject).sort()).toEqual(['b0', 'b1', 'b2', 'b3']);
  });

  test('a worker that is told to stop finishes, and another takes its place', async () => {
    const app = await started();
    const [pid = 0] = workersOf(app);
    process.kill(pid, 'SIGTERM');
    await until(() => !isAlive(pid) && /ended with code 0; a new one takes its place/.test(app.output));
    await until(async () => JSON.stringify(await health(app)).includes('"ready":2'));
    await send(await logIn(app), 'still here');
  });

  test('a killed owner ends the workers, which say so; nothing acknowledged is lost', async () => {
    const app = await started();
    const acknowledged = new Map<string, string>();
    const connections = Array.from({ length: 8 }, (_, n) => sendUntilGone(app, `c${n}`, acknowledged));
    await new Promise((resolve) => setTimeout(resolve, 600));
    await app.stop('SIGKILL');
    await Promise.all(connections);
    const ending = /\[worker \d+\].*the process that owns the database has gone: ending/g;
    await until(() => app.output.match(ending)?.length === 2);
    expect(acknowledged.size).toBeGreaterThan(0);
    const kept = new Map((await messages(await started())).map(({ id, subject }) => [id, subject]));
    expect([...acknowledged].filter(([id, subject]) => kept.get(id) !== subject)).toEqual([]);
  });

  test('a port that is taken is said in one line, exit 1', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const port = String((taken.address() as AddressInfo).port);
    const app = launchApp(dataDir, { env: { WORKERS: '2', SMTP_PORT: port } });
    expect(await app.exit).toBe(1);
    expect(app.output.split('\n').filter((line) => line !== '')).toEqual([expect.stringMatching(/EADDRINUSE/)]);
    taken.close();
  });
});

test('WORKERS=1 is one process, which neither logs nor tells of workers', async () => {
  const app = await started({ WORKERS: '1' });
  await send(await logIn(app), 'one');
  expect(app.output).not.toMatch(/worker|owner/);
  expect(await health(app)).toEqual([200, { status: 'ok' }]);
});
