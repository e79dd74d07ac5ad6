// Each case does harm to the server for a while. `attack` gives what it has to say about it, and throws where the server
// did not do what it should; it calls `during` in the middle of it. Bounds are megabytes above an idle server.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, inGroups } from './client.mjs';

const MB = 1024 * 1024;

function check(condition, what) {
  if (!condition) throw new Error(what);
}

/** Waits for the end of all connections; gives the longest time one lasted from now on. */
async function allClosed(clients) {
  const started = Date.now();
  await Promise.all(clients.map((client) => client.closed()));
  return Date.now() - started;
}

export const cases = [
  {
    name: 'never reads its replies',
    options: { socketTimeout: 2000 },
    boundMb: 80,
    async attack({ port, whenIdle }, during) {
      const burst = Buffer.from('EHLO client.example\r\nHELP\r\n'.repeat(2000));
      const clients = Array.from({ length: 20 }, () => new Client(port));
      for (const { socket } of clients) socket.pause();
      const poured = Promise.all(clients.map((client) => client.pour(burst, 50 * MB, 1000)));
      await sleep(500);
      await during();
      const written = await poured;
      check((await whenIdle(20_000)) === 0, 'the server waits for them');
      // A socket tells of its end only when it has been read.
      for (const { socket } of clients) socket.resume();
      await allClosed(clients);
      check(Math.max(...written) < 50 * MB, 'the server took all there was');
      return `20 clients, ${Math.round(Math.max(...written) / MB)} MB taken at most, then cut`;
    },
  },
  {
    name: 'an octet every 50 ms in a command',
    options: { socketTimeout: 1500 },
    boundMb: 25,
    attack: (server, during) => trickle(server, during, async () => undefined),
  },
  {
    name: 'an octet every 50 ms in a message',
    options: { socketTimeout: 1500, minDataRate: 500 },
    boundMb: 25,
    attack: (server, during) =>
      trickle(server, during, async (client) => {
        for (const line of ['EHLO c', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA']) await client.command(line);
      }),
  },
  {
    name: '10,000 pipelined commands',
    options: { maxCommandsWithoutMail: false },
    boundMb: 30,
    async attack({ port }, during) {
      const client = await Client.greeted(port);
      const started = Date.now();
      client.write(`${'NOOP\r\n'.repeat(9998)}HELO c\r\nQUIT\r\n`);
      await during();
      await client.closed();
      const lines = client.received.split('\r\n');
      check(lines.length === 10_001 && lines[9999].startsWith('221'), `there were ${lines.length - 1} replies`);
      return `answered in ${Date.now() - started} ms`;
    },
  },
  {
    name: '10 MB without CRLF',
    options: { socketTimeout: 3000 },
    boundMb: 25,
    async attack({ port }, during) {
      const clients = await inGroups(10, 10, () => Client.greeted(port));
      const poured = Promise.all(clients.map((client) => client.pour(Buffer.alloc(64 * 1024, 'a'), 10 * MB)));
      await during();
      const written = await poured;
      await allClosed(clients);
      check(Math.max(...written) < 10 * MB, 'the server read it all');
      return `10 clients, cut after ${Math.round(Math.max(...written) / 1024)} KB`;
    },
  },
  {
    name: 'resets in the middle of DATA',
    options: {},
    boundMb: 30,
    async attack({ port }, during) {
      const break100 = inGroups(100, 10, async () => {
        const client = await Client.greeted(port);
        for (const line of ['EHLO c', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA']) await client.command(line);
        client.write(Buffer.alloc(50_000, 'text\r\n'));
        await sleep(5);
        client.socket.resetAndDestroy();
      });
      await during();
      await break100;
      return '100 connections';
    },
  },
  {
    name: '5,000 idle connections',
    options: { socketTimeout: 60_000 },
    boundMb: (5000 * 6) / 1024 + 10,
    async attack({ port, growth }, during) {
      const clients = await inGroups(5000, 100, async () => {
        const client = await Client.greeted(port);
        await client.command('EHLO client.example');
        return client;
      });
      const { rssMb } = await growth();
      await during();
      for (const { socket } of clients) socket.destroy();
      return `${rssMb.toFixed(0)} MB while they are there`;
    },
  },
  {
    name: '1,000 halves of a TLS handshake',
    options: { handshakeTimeoutMs: 3000 },
    // OpenSSL keeps some 50 KB for a connection.
    boundMb: (1000 * 100) / 1024,
    async attack({ securePort, growth }, during) {
      const half = Buffer.from('1603010200010001fc0303', 'hex');
      const clients = Array.from({ length: 1000 }, () => new Client(securePort));
      for (const client of clients) client.write(half);
      await sleep(1000);
      const { rssMb } = await growth();
      await during();
      await allClosed(clients);
      return `${rssMb.toFixed(0)} MB while they are there, then cut`;
    },
  },
  {
    name: '200 MB for a handler that reads slowly',
    options: { socketTimeout: 10_000 },
    boundMb: 40,
    async attack({ port }, during) {
      const started = Date.now();
      const client = await Client.greeted(port);
      for (const line of ['EHLO c', 'MAIL FROM:<slow@b>', 'RCPT TO:<c@d>', 'DATA']) await client.command(line);
      const line = Buffer.from(`${'x'.repeat(76)}\r\n`);
      const poured = client.pour(Buffer.concat(new Array(1000).fill(line)), 200 * MB);
      await sleep(1000);
      await during();
      await poured;
      const reply = await client.command('\r\n.');
      check(reply.startsWith('250'), `the message got ${reply}`);
      client.socket.destroy();
      return `taken in ${((Date.now() - started) / 1000).toFixed(1)} s`;
    },
  },
  {
    name: 'a flood of failed logins',
    options: { authFailureDelayMs: 10, maxAuthFailureDelayMs: 50 },
    boundMb: 25,
    async attack({ port }, during) {
      const wrong = `AUTH PLAIN ${Buffer.from('\0alice\0wrong').toString('base64')}`;
      let refused = 0;
      const flood = inGroups(500, 50, async () => {
        const client = await Client.greeted(port);
        await client.command('EHLO c');
        let reply;
        do {
          reply = await client.command(wrong);
          refused++;
        } while (reply.startsWith('535'));
        check(reply.startsWith('421'), `the last login got ${reply}`);
        await client.closed();
      });
      await sleep(200);
      await during();
      await flood;
      check(refused === 5000, `${refused} logins were refused`);
      return '500 connections, 5,000 logins, each connection cut after the tenth';
    },
  },
];

/** One octet at a time, which is no reason to wait for the rest any longer. */
async function trickle({ port, timeoutMs }, during, prepare) {
  const clients = await inGroups(50, 50, () => Client.greeted(port));
  await Promise.all(clients.map(prepare));
  let isOver = false;
  const drip = (async () => {
    while (!isOver) {
      for (const client of clients) if (!client.isClosed) client.write('x');
      await sleep(50);
    }
  })();
  await sleep(500);
  await during();
  const lasted = await allClosed(clients);
  isOver = true;
  await drip;
  check(lasted < timeoutMs * 2, `the last one was cut after ${lasted} ms more`);
  check(
    clients.every(({ received }) => received.startsWith('421')),
    'somebody was cut without a word',
  );
  return '50 clients, cut with 421';
}
