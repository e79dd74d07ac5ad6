import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AppProcess,
  removeFolder,
  startApp,
  temporaryFolder,
  TEST_PASSWORD,
  TEST_TOKEN,
} from '../support/app-process.js';
import { dial, dialSecurely, logIn, sendMail } from '../support/smtp.js';

const MAX_MESSAGE_BYTES = 100_000;
let app: AppProcess;
const dataDir = temporaryFolder();

beforeAll(async () => {
  app = await startApp(dataDir, { env: { MAX_MESSAGE_BYTES: String(MAX_MESSAGE_BYTES) } });
}, 30_000);

afterAll(async () => {
  await app.stop();
  removeFolder(dataDir);
});

interface Item {
  readonly id: string;
  readonly receivedAt: string;
  readonly user: string;
  readonly envelope: { mailFrom: string; rcptTo: string[] };
  readonly subject: string;
  readonly from: string;
  readonly size: number;
  readonly secure: boolean;
  readonly authMethod: string;
}

async function list(query = ''): Promise<{ items: Item[]; next: string | null }> {
  return (await (await app.api(`/api/messages${query}`)).json()) as { items: Item[]; next: string | null };
}

describe('the main job', () => {
  test.each([
    ['STARTTLS', false],
    ['implicit TLS', true],
  ])('a mail over %s is kept, listed and given back byte by byte', async (name, secure) => {
    const subject = `Grüße über ${name}`;
    const response = await sendMail(app, { subject, text: 'Zeile\n.mit Punkt\n', cc: 'cc@example.org' }, { secure });
    expect(response).toMatch(/^250 2\.6\.0 queued as \S+$/);
    const id = response.split(' ').at(-1)!;

    const { items } = await list(`?query=${encodeURIComponent(name.toUpperCase())}`);
    expect(items).toHaveLength(1);
    expect(items[0]).toEqual({
      id,
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      user: 'alice',
      envelope: { mailFrom: 'me@example.org', rcptTo: ['you@example.org', 'cc@example.org'] },
      subject,
      from: expect.stringContaining('me@example.org'),
      size: expect.any(Number),
      secure: true,
      authMethod: 'PLAIN',
    });

    const raw = await app.api(`/api/messages/${id}/raw`);
    expect(raw.headers.get('content-type')).toMatch(/^message\/rfc822/);
    const octets = Buffer.from(await raw.arrayBuffer()).toString('latin1');
    const trace = /^Received: from [^\r]+\r\n(?:\t[^\r]+\r\n)+/.exec(octets)![0];
    expect(trace).toMatch(/by mx\.example with ESMTPSA id /);
    expect(octets.length - trace.length).toBe(items[0]!.size);
    expect(octets).toContain('\r\n.mit Punkt\r\n');
  });

  test('what is kept is what was sent: NUL, 8-bit, long lines, dots, lone CR and LF', async () => {
    const client = await logIn(app);
    const body = `Subject: octets\r\n\r\n.\r\n..\r\n\x00\xff\x80 lone\nlf lone\rcr ${'x'.repeat(5000)}\r\n`;
    await client.command('MAIL FROM:<me@example.org> BODY=8BITMIME');
    await client.command('RCPT TO:<you@example.org>');
    await client.command('DATA');
    client.write(Buffer.from(`${body.replace(/(^|\r\n)\./g, '$1..')}.\r\n`, 'latin1'));
    const reply = await client.reply();
    expect(reply.code).toBe(250);
    const id = reply.lines[0]!.split(' ').at(-1)!;
    const raw = Buffer.from(await (await app.api(`/api/messages/${id}/raw`)).arrayBuffer()).toString('latin1');
    expect(raw.endsWith(`\r\n${body}`)).toBe(true);
    await client.quit();
  });
});

describe('SMTP', () => {
  test('AUTH in clear is 538 5.7.11 for any mechanism, and not offered', async () => {
    const client = await dial(app.smtpPort);
    expect((await client.ehlo()).lines.join('\n')).not.toMatch(/^AUTH/m);
    expect(await client.authPlain('alice', TEST_PASSWORD)).toMatchObject({ code: 538, enhanced: '5.7.11' });
    expect(await client.command('AUTH LOGIN')).toMatchObject({ code: 538, enhanced: '5.7.11' });
    expect(await client.command('AUTH GSSAPI')).toMatchObject({ code: 538, enhanced: '5.7.11' });
    expect(await client.command('MAIL FROM:<a@b>')).toMatchObject({ code: 530, enhanced: '5.7.0' });
    await client.quit();
  });

  test('PLAIN and LOGIN are all that is offered; a wrong password is 535 5.7.8 and the session stays usable', async () => {
    const client = await dialSecurely(app.smtpPort);
    const hello = (await client.ehlo()).lines;
    expect(
      hello
        .find((line) => line.startsWith('AUTH'))!
        .split(' ')
        .slice(1)
        .sort(),
    ).toEqual(['LOGIN', 'PLAIN']);
    expect(hello).toContain(`SIZE ${MAX_MESSAGE_BYTES}`);
    expect(await client.authPlain('alice', 'wrong')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    expect(await client.authPlain('nobody', 'wrong')).toMatchObject({ code: 535, enhanced: '5.7.8' });
    expect(await client.command('AUTH CRAM-MD5')).toMatchObject({ code: 504 });
    expect(await client.authPlain('alice', TEST_PASSWORD)).toMatchObject({ code: 235, enhanced: '2.7.0' });
    await client.quit();
  });

  test('commands 1 to 10 before login are answered, the 11th is 421 4.7.0', async () => {
    const client = await dial(app.smtpPort);
    for (let command = 1; command <= 10; command++) expect((await client.command('NOOP')).code).toBe(250);
    expect(await client.command('NOOP')).toMatchObject({ code: 421, enhanced: '4.7.0' });
    await expect(client.reply()).rejects.toThrow('closed');
  });

  test('a message that is too large is 552 5.3.4, declared or not, and nothing of it is kept', async () => {
    const client = await logIn(app);
    expect(await client.command(`MAIL FROM:<me@example.org> SIZE=${MAX_MESSAGE_BYTES + 1}`)).toMatchObject({
      code: 552,
      enhanced: '5.3.4',
    });
    const data = `Subject: oversize\r\n\r\n${'0123456789\r\n'.repeat(10_000)}`;
    const from = 'me@example.org';
    expect(await client.send({ from, to: [from], data })).toMatchObject({ code: 552, enhanced: '5.3.4' });
    expect(await client.send({ from, to: [from], data: 'Subject: after\r\n\r\nx' })).toMatchObject({ code: 250 });
    expect((await list('?query=oversize')).items).toEqual([]);
    await client.quit();
  });
});

describe('HTTP', () => {
  test.each([
    ['no token', undefined, '/api/messages', 401],
    ['a wrong token', 'wrong', '/api/messages', 401],
    ['an unknown id', TEST_TOKEN, '/api/messages/0190163d-8694-739b-aea5-966c26f8ad91', 404],
    ['something that is no id', TEST_TOKEN, '/api/messages/..%2f..%2fsecrets', 404],
    ['an unknown id, raw', TEST_TOKEN, '/api/messages/none/raw', 404],
    ['limit 0', TEST_TOKEN, '/api/messages?limit=0', 400],
    ['limit 201', TEST_TOKEN, '/api/messages?limit=201', 400],
    ['limit x', TEST_TOKEN, '/api/messages?limit=1x', 400],
    ['a bad cursor', TEST_TOKEN, '/api/messages?cursor=bad', 400],
  ])('%s is answered in JSON', async (_name, token, path, status) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(new URL(path, app.url), { headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ statusCode: status });
  });

  test('the list is newest first and goes on with the cursor', async () => {
    for (let n = 1; n <= 5; n++) await sendMail(app, { subject: `page ${n}`, text: 'x' });
    const subjects: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, next } = await list(`?limit=2&query=page${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      subjects.push(...items.map(({ subject }) => subject));
      cursor = next;
    }
    expect(subjects).toEqual(['page 5', 'page 4', 'page 3', 'page 2', 'page 1']);
  });

  test('health needs no token', async () => {
    for (const path of ['/health/live', '/health/ready'])
      expect((await fetch(new URL(path, app.url))).status).toBe(200);
  });
});

test('secrets of the environment and passwords of clients are in no output', () => {
  expect(app.output).not.toContain(TEST_PASSWORD);
  expect(app.output).not.toContain(TEST_TOKEN);
  expect(app.output).not.toContain(Buffer.from(`\0alice\0${TEST_PASSWORD}`).toString('base64'));
});
