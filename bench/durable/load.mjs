// Clients of the ingest application, in a process of their own: they log in over TLS and send mails one after the other,
// each when the one before has been answered. A child of durable.mjs and cores.mjs, which sends one task:
//   { port, secure, connections, octets, seconds, warmupSeconds }   answers { rate, p50Ms, p99Ms, total }
//   … storm: true   connect, log in, leave, again and again          answers { rate, total }
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

const LOGIN = `AUTH PLAIN ${Buffer.from('\0bench\0bench').toString('base64')}\r\n`;
const ENVELOPE = 'MAIL FROM:<bench@example.org>\r\nRCPT TO:<bench@example.com>\r\nDATA\r\n';

process.once('message', async (task) => {
  const clients = new Set();
  const latencies = [];
  let done = 0;
  let total = 0;
  let stopped = false;
  const mail = mailOf(task.octets ?? 0);

  const run = async () => {
    while (!stopped) {
      const client = await Client.connect(task);
      clients.add(client);
      do {
        if (task.storm) break;
        await client.command(ENVELOPE, 3, 354);
        const began = performance.now();
        await client.command(mail, 1, 250);
        latencies.push(performance.now() - began);
        done++;
        total++;
      } while (!stopped);
      if (task.storm) {
        done++;
        total++;
      }
      clients.delete(client);
      client.socket.destroy();
    }
  };
  const running = Array.from({ length: task.connections }, run);
  const failure = Promise.all(running).then(() => undefined);
  failure.catch((error) => process.send({ error: error.message }, () => process.exit(1)));
  await sleep(task.warmupSeconds * 1000);
  done = latencies.length = 0;
  const began = performance.now();
  await sleep(task.seconds * 1000);
  const rate = done / ((performance.now() - began) / 1000);
  const sorted = latencies.slice().sort((a, b) => a - b); // more come while the clients finish
  const percentile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  stopped = true;
  await failure;
  process.send({ rate, p50Ms: percentile(0.5), p99Ms: percentile(0.99), total }, () => process.disconnect());
});

/** A session that has logged in, where the server asks for it. */
class Client {
  #waiting;
  #text = '';

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
    socket.on('error', (error) => this.#waiting?.reject(error));
  }

  static async connect({ port, secure }) {
    const socket = secure
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connectTcp({ port, host: '127.0.0.1' });
    socket.setNoDelay(true);
    const client = new Client(socket);
    await client.command('', 1, 220);
    await client.command('EHLO bench.example\r\n', 1, 250);
    if (secure) await client.command(LOGIN, 1, 235);
    return client;
  }

  /** Sends, and waits for so many replies, the last of which has that code. */
  command(text, replies, code) {
    return new Promise((resolve, reject) => {
      this.#waiting = { replies, code, resolve, reject };
      if (text.length > 0) this.socket.write(text);
    });
  }

  #read(chunk) {
    this.#text += chunk.toString('latin1');
    const lines = this.#text.split('\r\n');
    this.#text = lines.pop();
    const last = lines.filter((line) => line[3] !== '-');
    const waiting = this.#waiting;
    waiting.replies -= last.length;
    if (waiting.replies > 0) return;
    this.#waiting = undefined;
    const line = last.at(-1) ?? '';
    if (line.startsWith(String(waiting.code))) waiting.resolve();
    else waiting.reject(new Error(`the server said: ${line}`));
  }
}

/** A mail of that many octets, in lines of 78, and its final dot. */
function mailOf(octets) {
  const header = 'From: bench@example.org\r\nSubject: bench\r\n\r\n';
  const line = `${'x'.repeat(76)}\r\n`;
  return Buffer.from(header + line.repeat(Math.max(1, Math.floor((octets - header.length) / line.length))) + '.\r\n');
}
