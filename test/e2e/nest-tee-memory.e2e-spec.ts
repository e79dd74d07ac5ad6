import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { DialogueClient } from 'nestjs-smtp/testing';

interface Usage {
  readonly rssMb: number;
  readonly peakMb: number;
  readonly octets: Readonly<Record<'slow' | 'fast' | 'faster', number>>;
}

const MB = 1024 * 1024;
const MESSAGE_MB = 200;
const MAX_GROWTH_MB = 64;
const PIECE = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(1024));

let child: ChildProcess;
let ports: readonly number[];

beforeAll(async () => {
  // What V8's young generation grows by is garbage, not what is in use: kept small, the peak shows what we hold.
  const execArgv = ['--no-warnings', '--expose-gc', '--max-semi-space-size=1'];
  child = fork(new URL('../support/tee-child.mjs', import.meta.url), { execArgv });
  [ports] = (await once(child, 'message')) as [number[]];
}, 20_000);
afterAll(async () => {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
});

async function usage(): Promise<Usage> {
  const answer = once(child, 'message');
  child.send('usage');
  return ((await answer) as [Usage])[0];
}

async function upToData(
  port: number,
  hello: string,
): Promise<{ socket: ReturnType<typeof connect>; client: DialogueClient }> {
  const socket = connect({ host: '127.0.0.1', port });
  const client = new DialogueClient(socket);
  expect(await client.reply()).toMatchObject({ code: 220 });
  await client.command(`${hello} client.example`);
  await client.command('MAIL FROM:<ann@example.org>');
  for (const name of ['slow', 'fast', 'faster']) {
    expect(await client.command(`RCPT TO:<${name}@example.com>`)).toMatchObject({ code: 250 });
  }
  expect(await client.command('DATA')).toMatchObject({ code: 354 });
  return { socket, client };
}

test.each([
  ['SMTP', 0, 'EHLO', 1],
  ['LMTP', 1, 'LHLO', 3],
])(
  '%s: 200 MB for one slow route and two fast ones pass through a few megabytes',
  async (_name, place, hello, replies) => {
    const { socket, client } = await upToData(ports[place]!, hello);
    const before = await usage();
    for (let sent = 0; sent < MESSAGE_MB; sent++) {
      if (!socket.write(PIECE)) await once(socket, 'drain');
    }
    client.write('.\r\n');
    for (let read = 0; read < replies; read++) expect(await client.reply()).toMatchObject({ code: 250 });
    const after = await usage();
    for (const name of ['slow', 'fast', 'faster'] as const) {
      expect(after.octets[name] - before.octets[name]).toBe(MESSAGE_MB * MB);
    }
    expect(after.peakMb - before.rssMb).toBeLessThanOrEqual(MAX_GROWTH_MB);
    client.destroy();
  },
  60_000,
);
