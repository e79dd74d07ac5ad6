import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DialogueClient } from 'smtp-engine/testing';
import { type AppProcess, removeFolder, startApp, temporaryFolder } from '../support/app-process.js';
import { logIn } from '../support/smtp.js';

const MIB = 1024 * 1024;
let dataDir: string;
let app: AppProcess | undefined;

beforeEach(() => {
  dataDir = temporaryFolder();
});

afterEach(async () => {
  await app?.stop('SIGKILL');
  removeFolder(dataDir);
});

describe('kill -9 under load', () => {
  const ROUNDS = 20;
  const CONNECTIONS = 8;
  const LARGE = `${'x'.repeat(998)}\r\n`.repeat(300); // goes to a file

  test(`${ROUNDS} rounds lose no acknowledged message`, async () => {
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round++) {
      app = await startApp(dataDir);
      const senders = Array.from({ length: CONNECTIONS }, (_, n) =>
        sendUntilGone(app!, `r${round}c${n}`, acknowledged),
      );
      await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 250));
      await app.stop('SIGKILL');
      await Promise.all(senders);
    }
    app = await startApp(dataDir);
    const kept = new Map<string, string>();
    for await (const { id, subject } of allMessages(app)) kept.set(id, subject);
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * CONNECTIONS);
    expect([...acknowledged].filter(([id, subject]) => kept.get(id) !== subject)).toEqual([]);
    // A large one is whole, not just listed.
    const large = [...acknowledged].filter(([, subject]) => subject.endsWith('large')).slice(-5);
    expect(large.length).toBeGreaterThan(0);
    for (const [id] of large)
      expect((await (await app.api(`/api/messages/${id}/raw`)).text()).endsWith(LARGE)).toBe(true);
  }, 180_000);

  async function sendUntilGone(target: AppProcess, name: string, acknowledged: Map<string, string>): Promise<void> {
    let client: DialogueClient;
    try {
      client = await logIn(target);
      for (let n = 0; ; n++) {
        const subject = `${name}n${n}${n % 5 === 4 ? 'large' : ''}`;
        const data = `Subject: ${subject}\r\n\r\n${n % 5 === 4 ? LARGE : 'small\r\n'}`;
        const reply = await client.send({ from: 'me@example.org', to: ['you@example.org'], data });
        if (reply.code !== 250) throw new Error(`not taken: ${reply.raw.join('\n')}`);
        acknowledged.set(reply.lines[0]!.split(' ').at(-1)!, subject);
      }
    } catch (error) {
      if (!/closed the connection|ECONNRE|EPIPE|socket/i.test(String(error))) throw error;
    }
  }
});

async function* allMessages(target: AppProcess): AsyncGenerator<{ id: string; subject: string }> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await (await target.api(`/api/messages?limit=200${cursor && `&cursor=${cursor}`}`)).json();
    const { items, next } = page as { items: { id: string; subject: string }[]; next: string | null };
    yield* items;
    cursor = next;
  }
}

/** Linux says how much memory a process ever had, and can be told to begin anew. */
const peak = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
const linux = process.platform === 'linux' ? test : test.skip;

describe('a 50 MB mail', () => {
  linux(
    'is kept byte by byte, with at most 64 MiB more memory',
    async () => {
      app = await startApp(dataDir);
      const client = await logIn(app);
      const small = await client.send({ from: 'a@example.org', to: ['b@example.org'], data: 'Subject: warm\r\n\r\nx' });
      expect(small.code).toBe(250);
      await (await app.api('/api/messages')).json();
      const before = peak(app.child.pid!);

      const sent = createHash('sha256');
      const header = 'Subject: fifty megabytes\r\n\r\n';
      for (const command of ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>', 'DATA'])
        await client.command(command);
      client.write(header);
      sent.update(header);
      let size = header.length;
      for (let n = 0; size < 50_000_000; n++) {
        // Octets of all kinds, and lines that begin with a dot.
        const line = Buffer.alloc(76, n % 256)
          .fill(0x2e, 0, n % 3)
          .fill(0x61, 70);
        const clean = Buffer.concat([
          Buffer.from(line.map((octet) => (octet === 13 || octet === 10 ? 64 : octet))),
          CRLF,
        ]);
        sent.update(clean);
        size += clean.length;
        const stuffed = clean[0] === 0x2e ? Buffer.concat([DOT, clean]) : clean;
        if (!client.write(stuffed)) await client.drained();
      }
      const reply = await client.command('.');
      expect(reply.code).toBe(250);
      expect(peak(app.child.pid!) - before).toBeLessThanOrEqual(64 * MIB);

      const raw = await app.api(`/api/messages/${reply.lines[0]!.split(' ').at(-1)!}/raw`);
      const octets = Buffer.from(await raw.arrayBuffer());
      expect(
        createHash('sha256')
          .update(octets.subarray(octets.length - size))
          .digest('hex'),
      ).toBe(sent.digest('hex'));
      await client.quit();
    },
    120_000,
  );
});

const CRLF = Buffer.from('\r\n');
const DOT = Buffer.from('.');
