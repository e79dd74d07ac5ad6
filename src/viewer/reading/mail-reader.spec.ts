import { Logger } from '@nestjs/common';
import { MemoryStore } from '../../../test/support/memory-store.js';
import { type MailContent, readingBudget, type ReadingBudget } from './mail-content.js';
import { MailReader } from './mail-reader.js';

const SHUTTING_DOWN = 'The server is shutting down.';
const HEAD = 'From: a@example.org\r\nSubject: x\r\n';

let store: MemoryStore;
let reader: MailReader;

beforeEach(() => {
  store = new MemoryStore();
  reader = new MailReader(store);
});

// A worker that ends is a warning in the log, and what some of these tests are about.
beforeAll(() => Logger.overrideLogger(false));

afterEach(() => reader.onModuleDestroy());

async function withBudget(budget: Partial<ReadingBudget>): Promise<void> {
  await reader.onModuleDestroy();
  reader = new MailReader(store, { ...readingBudget, ...budget });
}

async function read(mail: string | Buffer): Promise<MailContent> {
  const content = await reader.read(store.add(mail).id);
  if (content === undefined) throw new Error('not found');
  return content;
}

test('an unknown id is undefined', async () => {
  expect(await reader.read('unknown')).toBeUndefined();
});

test('reads headers, text, HTML, attachments and images', async () => {
  const content = await read(
    [
      'From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>',
      'Subject: folded',
      ' =?utf-8?b?w6Q=?=',
      'X-Raw: ü',
      'Content-Type: multipart/mixed; boundary=m',
      '',
      '--m',
      'Content-Type: multipart/alternative; boundary=a',
      '',
      '--a',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'Gr=FC=DFe <b> http://example.org',
      '--a',
      'Content-Type: text/html',
      '',
      '<img src="cid:i">',
      '--a--',
      '--m',
      'Content-Type: image/PNG',
      'Content-ID: <i>',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--m',
      "Content-Disposition: attachment; filename*=utf-8''%C3%A4.pdf",
      'Content-Type: application/pdf',
      '',
      '12345',
      '--m--',
    ].join('\r\n'),
  );
  expect(content).toEqual({
    headers: [
      { name: 'From', value: 'Jürgen <j@example.org>' },
      { name: 'Subject', value: 'folded ä' },
      { name: 'X-Raw', value: 'ü' },
      { name: 'Content-Type', value: 'multipart/mixed; boundary=m' },
    ],
    text: 'Grüße <b> http://example.org',
    html: '<img src="cid:i">',
    attachments: [
      { filename: '', contentType: 'image/png', size: 3 },
      { filename: 'ä.pdf', contentType: 'application/pdf', size: 5 },
    ],
    images: [{ cid: 'i', uri: 'data:image/png;base64,AAAA' }],
    problem: null,
  });
});

test('a message without text has none', async () => {
  const mail = `${HEAD}Content-Type: text/html\r\n\r\n<p>x`;
  expect(await read(mail)).toMatchObject({ text: null, html: '<p>x', problem: null });
  expect(await read('')).toMatchObject({ headers: [], text: null, html: null, problem: null });
});

test.each([
  ['text', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello', { text: 'hello' }],
  [
    'an attachment',
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b\r\n\r\nhello',
    { attachments: [{ filename: '', contentType: 'a/b', size: 5 }] },
  ],
])('a missing end boundary ends with the mail: %s', async (_name, mail, expected) => {
  expect(await read(HEAD + mail)).toMatchObject({ ...expected, problem: null });
});

const many = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));

/** The costliest text for the parser: seconds of work in one go, and much memory. */
const SLOW_MAIL = `${HEAD}Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n${many('\x1b$B%"%"\x1b(B a', 15e6)}`;

/** Each has stopped a mail program once, or is built like one that did. */
const hostile: [string, string | Buffer][] = [
  ['2 MB of links', `${HEAD}\r\n${many('a.b@c.d http://x.y ', 2e6)}`],
  ['one line of 15 MB', `${HEAD}\r\n${many('a', 15e6)}`],
  ['20,000 parts', `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(20_000)}`],
  ['an empty boundary', `${HEAD}Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx`],
  [
    '400 levels',
    Array.from({ length: 400 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(''),
  ],
  ['400 forwarded messages', 'Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\n'.repeat(400)],
  ['a header of 1 MB', `To: ${many('a@b.c, ', 1e6)}\r\n\r\nx`],
  ['a header of 200 kB', `To: ${many('"<@:;,', 2e5)}\r\n\r\nx`],
  ['encoded words', `Subject: ${many('=?utf-8?q?=61?= ', 2e5)}\r\n\r\nx`],
  ['broken encoded words', `Subject: ${many('=?', 2e5)}\r\n\r\nx`],
  ['parameters', `Content-Type: text/plain; ${many('a*1=x;', 2e5)}\r\n\r\nx`],
  ['10,000 header fields', `${many('List-X: <http://a>\r\n', 2e5)}\r\nx`],
  ['a text that takes seconds', SLOW_MAIL],
  ['an unknown charset', `${HEAD}Content-Type: text/plain; charset=nonsense\r\n\r\nx`],
  ['names of object members', '__proto__: 1\r\nlist-__proto__: <x>\r\nContent-Type: __proto__; __proto__=x\r\n\r\nx'],
  ['flowed text', `${HEAD}Content-Type: text/plain; format=flowed\r\n\r\n${many('a \r\n', 4e6)}`],
  ['NULs', Buffer.alloc(5e6)],
  ['every byte', Buffer.from(Array.from({ length: 65_536 }, (_, n) => (n * 167 + (n >> 8)) % 256))],
];

test.each(hostile)('%s: answered within the budget, without a pause of this thread', async (_name, mail) => {
  // What the store's and the test's own buffers take is not what is measured: the worker is warm, the mail is kept.
  await read('x');
  let last = performance.now();
  let pause = 0;
  const watch = setInterval(() => {
    pause = Math.max(pause, performance.now() - last);
    last = performance.now();
  }, 5);
  const content = await read(mail);
  clearInterval(watch);
  expect(content.text?.length ?? 0).toBeLessThanOrEqual(readingBudget.textLength);
  expect(content.headers.length).toBeLessThanOrEqual(readingBudget.headerFields);
  expect(pause).toBeLessThan(250);
});

describe('beyond the budget', () => {
  test('of time: what is known, and the next mail is read', async () => {
    await withBudget({ milliseconds: 1_000 });
    await read('warm');
    const content = await read(SLOW_MAIL);
    expect(content).toMatchObject({ text: null, problem: 'This message takes too long to read.' });
    expect(content.headers[0]).toEqual({ name: 'From', value: 'a@example.org' });
    await withBudget({});
    expect(await read(`${HEAD}\r\nhello`)).toMatchObject({ text: 'hello', problem: null });
  });

  test('of memory: the worker ends, the process and the next mail do not', async () => {
    await withBudget({ heapMegabytes: 20 });
    expect(await read(SLOW_MAIL)).toMatchObject({ problem: 'This message could not be read.' });
    expect(await read(`${HEAD}\r\nhello`)).toMatchObject({ text: 'hello', problem: null });
  });

  test('of octets: the beginning', async () => {
    await withBudget({ mailBytes: 1024 * 1024 });
    const content = await read(`${HEAD}\r\n${many('a', 2e6)}`);
    expect(content.problem).toBe('Only the first 1 MiB of this message were read.');
    expect(content.text?.length).toBeGreaterThan(0);
    expect(store.opened[0]?.destroyed).toBe(true);
  });

  test('of text: the beginning', async () => {
    await withBudget({ textLength: 10 });
    expect(await read(`${HEAD}\r\n0123456789abc`)).toMatchObject({
      text: '0123456789',
      problem: 'The text of this message is too long to be shown in full.',
    });
  });

  test('of images: without them', async () => {
    await withBudget({ imageBytes: 4 });
    const part = (n: number): string => `--b\r\nContent-Type: image/png\r\nContent-ID: <${n}>\r\n\r\nabc\r\n`;
    const content = await read(`${HEAD}Content-Type: multipart/related; boundary=b\r\n\r\n${part(1)}${part(2)}--b--`);
    expect(content.images.map(({ cid }) => cid)).toEqual(['1']);
    expect(content.attachments).toHaveLength(2);
  });

  test('of parts: headers and a sentence', async () => {
    await withBudget({ parts: 3 });
    const content = await read(
      `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(9)}`,
    );
    expect(content.problem).toBe('This message is too unusual to be shown in parts. Its source is complete.');
    expect(content.headers).toHaveLength(3);
  });
});

test('mails are read one after the other, and an error of the store is for its own reader', async () => {
  const ids = Array.from({ length: 20 }, (_, n) => store.add(`${HEAD}\r\n${n}`).id);
  const contents = await Promise.all(ids.map((id) => reader.read(id)));
  expect(contents.map((content) => content?.text)).toEqual(ids.map((_, n) => String(n)));
  store.broken = new Error('broken');
  await expect(reader.read('m000001')).rejects.toThrow('broken');
  store.broken = undefined;
  expect((await reader.read('m000001'))?.text).toBe('0');
});

test('shutdown during a mail answers it', async () => {
  const slow = store.add(SLOW_MAIL);
  const reading = reader.read(slow.id);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const waiting = reader.read(slow.id);
  await reader.onModuleDestroy();
  expect((await reading)?.problem).toBe(SHUTTING_DOWN);
  expect((await waiting)?.problem).toBe(SHUTTING_DOWN);
});
