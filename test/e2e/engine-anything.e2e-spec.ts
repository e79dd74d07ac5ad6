import { afterAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { type Backend, SmtpServer } from 'smtp-engine';
import { memoryPair } from 'smtp-engine/testing';
import { cut } from '../support/splits.js';

/** Hooks that answer in every way, each after its own time; what they say hangs on the address alone. */
const errors: unknown[] = [];
const backend: Backend = {
  auth: async ({ username }) => username === 'a',
  mail: ({ localPart }) => answer(localPart),
  rcpt: ({ localPart }) => answer(localPart),
  data: async (message, { envelope }) => {
    const { localPart } = envelope.mailFrom;
    if (localPart === 'early') return false;
    if (localPart === 'leaves') for await (const _chunk of message) break;
    else if (localPart === 'discards') message.discard();
    else for await (const _chunk of message);
    return `${message.byteLength} octets`;
  },
  error: (error) => errors.push(error),
};

function answer(localPart: string): unknown {
  if (localPart === 'no') return false;
  if (localPart === 'late') return turn(undefined).then(() => 'late');
  if (localPart === 'promise') return Promise.resolve();
  if (localPart === 'fails') throw new Error('bug');
  return undefined;
}

const server = new SmtpServer(
  {
    unauthorizedPipelining: 'pass',
    name: 'mx',
    authOptional: true,
    allowInsecureAuth: true,
    size: 40,
    maxUnknownCommands: 4,
    maxFailedLogins: 2,
  },
  backend,
);
server.addListener();
afterAll(() => server.close());

/** All the server says to these octets, and that it says no more than replies and then closes. */
async function dialogue(chunks: readonly Buffer[]): Promise<string> {
  const [client, theirs] = memoryPair();
  const session = server.accept(theirs);
  let said = '';
  client.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  const ended = new Promise((resolve) => client.once('end', resolve));
  for (const chunk of chunks) {
    client.write(chunk);
    await turn();
  }
  client.end();
  await ended;
  client.destroy();
  expect(said).toMatch(/^(?:[2-5]\d\d[ -][^\r\n]*\r\n)*$/);
  expect(said).toMatch(/(?:^|\n)\d{3} [^\n]*\n$/);
  expect(session.phase).toBe('closing');
  return said;
}

const locals = fc.constantFrom('a', 'no', 'late', 'promise', 'fails', 'early', 'leaves', 'discards');
const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('EHLO c', 'HELO c', 'DATA', 'DATA', 'DATA', '.', '.', '..', 'text') },
  { weight: 4, arbitrary: locals.map((local) => `MAIL FROM:<${local}@b>`) },
  { weight: 4, arbitrary: locals.map((local) => `RCPT TO:<${local}@b>`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'RSET',
      'NOOP',
      'HELP',
      'VRFY a',
      'QUIT',
      'AUTH LOGIN',
      'AUTH PLAIN',
      'AUTH PLAIN =',
      '*',
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom('YQ==', 'AGEAYg==', 'AUTH PLAIN AGEAYg==', 'AUTH PLAIN AGIAYg==', '') },
  { weight: 2, arbitrary: fc.constantFrom('MAIL FROM:<a@b> SIZE=41', 'MAIL FROM:<> X=1', 'x'.repeat(50), 'EHLO') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom('\0', '\r', '\n.', '\n.\r\n', '\x80') },
);
const ending = fc.oneof(
  { weight: 20, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '') },
);
const prologue = fc.constantFrom('', 'HELO c\r\n', 'HELO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n');
const input = fc
  .tuple(prologue, fc.array(fc.tuple(line, ending), { maxLength: 25 }))
  .map(([start, parts]) => Buffer.from(start + parts.flat().join('')));

test('whatever a client says, it gets replies and an end; and the same ones however its octets come', async () => {
  const codes = new Set<number>();
  await fc.assert(
    fc.asyncProperty(input, fc.array(fc.nat(600), { maxLength: 12 }), async (octets, places) => {
      const whole = await dialogue([octets]);
      for (const [code] of whole.matchAll(/^\d{3}/gm)) codes.add(Number(code));
      const pieces = cut(octets, ...places.map((place) => place % (octets.length + 1)));
      expect(await dialogue(pieces)).toBe(whole);
    }),
    { numRuns: 1500, seed: 20_261_124 },
  );
  // It has been everywhere.
  const places = [214, 220, 221, 235, 250, 252, 334, 354, 421, 451, 500, 501, 503, 535, 550, 552, 554, 555];
  expect([...codes]).toEqual(expect.arrayContaining(places));
}, 60_000);
