import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type Backend, diagnostics, type Envelope, SmtpServer, type SmtpServerOptions } from 'smtp-engine';
import { memoryPair } from 'smtp-engine/testing';

const BEFORE = 'EHLO client\r\nMAIL FROM:<s@x>\r\n';
const AFTER = 'DATA\r\n';
const MESSAGE = 'text\r\n.\r\nQUIT\r\n';

interface Heard {
  readonly replies: string;
  /** The envelope as the handler saw it. */
  readonly envelope: unknown;
}

/** Plays a dialogue in pieces, gives what the client heard and the `data` handler saw. */
async function play(pieces: readonly string[], backend: Backend, options: SmtpServerOptions = {}): Promise<Heard> {
  let envelope: unknown;
  const server = new SmtpServer(
    { name: 'mx', authOptional: true, recipients: 'any', ...options },
    {
      data: (message, transaction) => {
        envelope = JSON.parse(JSON.stringify({ ...transaction.envelope }));
        message.discard();
      },
      ...backend,
    },
  );
  server.addListener();
  const [client, end] = memoryPair();
  let replies = '';
  client.on('data', (chunk: Buffer) => (replies += chunk.toString()));
  server.accept(end);
  for (const piece of pieces) {
    client.write(piece);
    await new Promise(setImmediate);
  }
  await until(() => replies.includes('354 ') || replies.includes('503 '));
  client.end(replies.includes('354 ') ? MESSAGE : 'QUIT\r\n');
  await once(client, 'end');
  await server.close();
  return { replies, envelope };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo() && turns < 1000; turns++) await new Promise(setImmediate);
  expect(isSo()).toBe(true);
}

const line = (path: string): string => `RCPT TO:<${path}>\r\n`;
const many = (count: number): string => Array.from({ length: count }, (_, at) => line(`user${at}@x.example`)).join('');

const longest = `${'l'.repeat(60)}@${'d'.repeat(189)}.tld`;
const DIALOGUES: readonly (readonly [name: string, recipients: string, options?: SmtpServerOptions])[] = [
  ['many', many(300)],
  ['more than may be', many(130), { maxRecipients: 100 }],
  ['repeated, in other capitals too', many(5) + line('USER3@x.example') + many(5) + line('user0@X.example')],
  ['as many as may be, then repeated ones', many(100) + many(100) + line('one@more'), { maxRecipients: 100 }],
  ['a malformed one among them', many(3) + 'RCPT TO:<a@b@c>\r\n' + many(5)],
  ['as long as may be, and longer', line('a@b') + line(longest) + line(`l${longest}`) + line('c@d')],
  ['parameters', many(3) + 'RCPT TO:<p@x> NOTIFY=NEVER\r\n' + many(5)],
  ['unknown parameters', many(3) + 'RCPT TO:<p@x> WHAT=EVER\r\n' + line('q@x')],
  ['other ways to write it', many(2) + 'rcpt to:<low@x>\r\nRCPT TO: <blank@x> \r\n' + line('"quoted"@x') + line('q@x')],
  ['postmaster, a literal, a source route', line('a@b') + line('Postmaster') + line('a@[192.0.2.1]') + line('@r:b@c')],
  ['a lone LF', line('a@b') + line('c@d').replace('\r', '') + line('e@f')],
  ['octets beyond ASCII', many(2) + Buffer.from(line('ü@x')).toString('latin1') + many(4)],
  ['controls', many(2) + line('a\0@x') + many(4)],
  ['another command among them', many(3) + 'NOOP\r\n' + many(6) + 'RSET\r\nMAIL FROM:<t@x>\r\n' + many(2)],
  ['none of the first', line('a@b@c') + line('d@e')],
  ['without enhanced codes', many(3), { hideENHANCEDSTATUSCODES: true }],
];

/** Where the engine is asked for each, it cannot take many at once: the same has to come out. */
const ASKED: Backend = { rcpt: () => undefined };

describe('recipients that nobody is asked about', () => {
  test.each(DIALOGUES)('%s: as if each had been asked about', async (...[, recipients, options]) => {
    const dialogue = BEFORE + recipients + AFTER;
    const expected = await play([dialogue], ASKED, options);
    expect(expected.replies.length).toBeGreaterThan(100);
    expect(await play([dialogue], {}, options)).toEqual(expected);
    expect(await play([BEFORE, ...recipients.split(/(?<=\n)/), AFTER], {}, options)).toEqual(expected);
  });

  test('cut anywhere', async () => {
    const recipients = many(3) + line('USER1@x.example') + 'RCPT TO:<p@x> NOTIFY=NEVER\r\n' + line('z@x');
    const dialogue = BEFORE + recipients + AFTER;
    const expected = await play([dialogue], ASKED);
    for (let at = BEFORE.length; at < dialogue.length; at++) {
      expect([at, await play([dialogue.slice(0, at), dialogue.slice(at)], {})]).toEqual([at, expected]);
    }
  });

  test('are in the envelope whenever somebody looks, and stay what they were', async () => {
    const seen: Envelope[] = [];
    await play([BEFORE + many(4) + AFTER], {
      data: (message, { envelope }) => void (seen.push(envelope), message.discard()),
    });
    const [envelope] = seen;
    expect(envelope!.rcptTo.map(String)).toEqual([0, 1, 2, 3].map((at) => `user${at}@x.example`));
    expect(envelope!.rcptTo).toBe(envelope!.rcptTo);
    expect(envelope!.rcptTo[3]).toMatchObject({ localPart: 'user3', domain: 'x.example', args: false, dsn: undefined });
    expect(envelope!.forRecipients(envelope!.rcptTo.slice(1, 2)).rcptTo).toEqual([envelope!.rcptTo[1]]);
    expect(envelope!.rcptTo).toHaveLength(4);
  });

  test('who watches the dialogue sees each of them', async () => {
    const [commands, replies]: [unknown[], unknown[]] = [[], []];
    const onCommand = (event: unknown): void => void commands.push((event as { verb: string }).verb);
    const onReply = (event: unknown): void => void replies.push(event);
    diagnostics.command.subscribe(onCommand);
    diagnostics.reply.subscribe(onReply);
    await play([BEFORE + many(7) + AFTER], {});
    diagnostics.command.unsubscribe(onCommand);
    diagnostics.reply.unsubscribe(onReply);
    expect(commands.filter((verb) => verb === 'RCPT')).toHaveLength(7);
    expect(replies).toHaveLength(13); // greeting, EHLO, MAIL, seven recipients, 354, the message, QUIT
  });
});
