import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import { type Backend, type MessageStream, Reply, SmtpServer } from 'smtp-engine';
import { connectInMemory, FailureScript, openInMemory } from 'smtp-engine/testing';

const message = { from: 'a@x.example', to: ['b@x.example'], data: 'Subject: hi\r\n\r\nhello' };
const errors: unknown[] = [];
const kept: number[] = [];
let server: SmtpServer;

/** A class with a private field, as an application may have one. */
class Store implements Backend {
  readonly #kept = kept;
  async data(stream: MessageStream): Promise<string> {
    this.#kept.push((await buffer(stream)).length);
    return 'kept';
  }
  mail(): string {
    return `${this.#kept.length} kept before`;
  }
  error(error: unknown): void {
    errors.push(error);
  }
}

beforeEach(() => {
  const options = { name: 'mx.example', recipients: 'any', authOptional: true, closeTimeout: 5_000 } as const;
  server = new SmtpServer(options, new Store());
  server.addListener();
  kept.length = 0;
  errors.length = 0;
});

afterEach(async () => {
  const begun = performance.now();
  await server.close();
  expect(performance.now() - begun).toBeLessThan(2_000); // nothing that hangs
  expect(errors).toEqual([]);
});

async function connect(failures: FailureScript) {
  const client = connectInMemory(server, { failures });
  await client.reply();
  await client.ehlo();
  return client;
}

test('4yz and 5yz at a verb, so many times, and then all is well', async () => {
  const failures = new FailureScript(
    { at: 'rcpt', answer: new Reply(450, '4.2.1', 'Busy'), times: 2 },
    { at: 'RCPT', answer: new Reply(550, '5.1.1', 'Gone') },
    { at: 'DATA', answer: new Reply(451, '4.3.0', 'Later') },
  );
  const client = await connect(failures);
  const codes: number[] = [];
  for (let tries = 0; tries < 5; tries++) {
    codes.push((await client.send(message)).code);
    await client.command('RSET');
  }
  expect(codes).toEqual([450, 450, 550, 451, 250]);
  expect(failures.left).toBe(0);
  expect(client.transcript()).toContain('S: 250 2.1.0 0 kept before\nC: RCPT TO:<b@x.example>\nS: 450 4.2.1 Busy');
  await client.quit();
});

test('gone after the message was kept: the sender cannot know, and comes again', async () => {
  const failures = new FailureScript({ at: 'message', answer: 'drop' }, { at: 'MAIL', delayMs: 60 });
  const client = await connect(failures);
  await expect(client.send(message)).rejects.toThrow(/the server closed the connection/);
  const again = await connect(failures);
  expect(await again.send(message)).toMatchObject({ code: 250, lines: ['kept'] });
  expect(kept).toEqual([22, 22]);
  again.destroy();
});

test('gone at a verb, and refused at connect; a delay', async () => {
  const failures = new FailureScript(
    { at: 'connect', answer: new Reply(421, '4.3.2', 'Not now') },
    { at: 'EHLO', answer: 'drop' },
    { at: 'NOOP', delayMs: 80 },
  );
  const refused = connectInMemory(server, { failures });
  expect(await refused.reply()).toMatchObject({ code: 421, lines: ['Not now'] });
  refused.destroy();
  await expect(connect(failures)).rejects.toThrow(/the server closed the connection/);
  const client = await connect(failures);
  const begun = performance.now();
  expect(await client.command('NOOP')).toMatchObject({ code: 250 });
  expect(performance.now() - begun).toBeGreaterThan(75);
  client.destroy();
});

test('a client of another make gets a stream; other connections know nothing of the script', async () => {
  const failures = new FailureScript({ at: 'NOOP', answer: 'drop' });
  const stream = openInMemory(server, { failures });
  expect(String((await once(stream, 'data'))[0])).toBe('220 mx.example ESMTP\r\n');
  const other = connectInMemory(server);
  await other.reply();
  expect(await other.command('NOOP')).toMatchObject({ code: 250 });
  stream.write('NOOP\r\n');
  await once(stream, 'close');
  other.destroy();
});

test('a script of replies that are no failures is refused', () => {
  expect(() => new FailureScript({ at: 'MAIL', answer: new Reply(250, undefined, 'ok') })).toThrow(/is no failure/);
});
