import { request } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { logIn, startViewer, TOKEN, type ViewerApp } from '../support/viewer-app.js';

const MAIL = 'From: A <a@example.org>\r\nTo: b@example.com\r\nSubject: Hi\r\n\r\nHello\r\n';

interface Listed {
  items: { id: string; subject: string }[];
  next: string | null;
}

let viewer: ViewerApp;

beforeEach(async () => {
  viewer = await startViewer();
});

afterEach(() => viewer.app.close());

async function body<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

describe('the token', () => {
  const paths = ['/api/messages', '/api/messages/m000001', '/api/messages/m000001/raw', '/api/messages/unknown'];
  const wrong: [string, Record<string, string>][] = [
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['the beginning of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['more than it', { authorization: `Bearer ${TOKEN}x` }],
    ['a wrong cookie', { cookie: 'smtp_admin=wrong' }],
    ['an empty cookie', { cookie: 'smtp_admin=' }],
  ];

  test.each(wrong)('%s is 401 on every route', async (_name, headers) => {
    viewer.store.add(MAIL);
    for (const path of paths) {
      const response = await fetch(viewer.origin + path, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await response.json()).toEqual({
        statusCode: 401,
        error: 'Unauthorized',
        message: 'the admin token is missing or wrong',
      });
    }
  });

  test('opens as a bearer token and as the cookie of the page', async () => {
    expect((await viewer.get('/api/messages')).status).toBe(200);
    const cookie = await logIn(viewer.origin);
    expect((await fetch(`${viewer.origin}/api/messages`, { headers: { cookie } })).status).toBe(200);
  });

  test('a wrong bearer token is not made good by the cookie', async () => {
    const cookie = await logIn(viewer.origin);
    const headers = { cookie, authorization: 'Bearer wrong' };
    expect((await fetch(`${viewer.origin}/api/messages`, { headers })).status).toBe(401);
  });
});

describe('GET /api/messages', () => {
  test('shows what the contract names, and nothing else', async () => {
    const { id, receivedAt } = viewer.store.add(MAIL, { subject: 'Hi', from: 'A <a@example.org>' });
    expect(await body(await viewer.get('/api/messages'))).toEqual({
      items: [
        {
          id,
          receivedAt: receivedAt.toISOString(),
          user: 'alice',
          envelope: { mailFrom: 'alice@example.org', rcptTo: ['bob@example.com'] },
          subject: 'Hi',
          from: 'A <a@example.org>',
          size: MAIL.length,
          secure: true,
          authMethod: 'PLAIN',
        },
      ],
      next: null,
    });
  });

  test('is empty without messages', async () => {
    expect(await body(await viewer.get('/api/messages'))).toEqual({ items: [], next: null });
  });

  test.each(['0', '201', '-1', '1.5', '', ' ', '1e2', '0x10', '010', '99999999999999999999', 'NaN', 'all', '٣'])(
    'limit %p is 400',
    async (limit) => {
      const response = await viewer.get(`/api/messages?limit=${encodeURIComponent(limit)}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        statusCode: 400,
        error: 'Bad Request',
        message: 'limit must be a number from 1 to 200',
      });
    },
  );

  test.each([
    ['limit=1&limit=2'],
    ['limit[]=1'],
    ['limit[a]=1'],
    ['limit%5B%5D=1'],
    ['limit=1&limit[]=1'],
    ['cursor=a&cursor=b'],
    ['query=a&query=b'],
    ['query[]=a'],
    ['query[toString]=a'],
    [`query=${'a'.repeat(501)}`],
  ])('%.20s is 400', async (parameters) => {
    expect((await viewer.get(`/api/messages?${parameters}`)).status).toBe(400);
  });

  test.each([
    [1, 1],
    [200, 200],
    [undefined, 50],
  ])('limit %p gives %p', async (limit, count) => {
    for (let n = 0; n < 250; n++) viewer.store.add(MAIL);
    const response = await viewer.get(`/api/messages${limit === undefined ? '' : `?limit=${limit}`}`);
    expect((await body<Listed>(response)).items).toHaveLength(count);
  });

  test.each([7, 10, 50, 200])('pages of %p walk over all messages once, newest first', async (limit) => {
    const ids = Array.from({ length: 250 }, () => viewer.store.add(MAIL).id).reverse();
    const seen: string[] = [];
    let next: string | null = '';
    let pages = 0;
    while (next !== null) {
      const response = await viewer.get(`/api/messages?limit=${limit}${next && `&cursor=${next}`}`);
      const page: Listed = await body<Listed>(response);
      expect(page.items.length).toBeGreaterThan(0);
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
      pages++;
    }
    expect(seen).toEqual(ids);
    expect(pages).toBe(Math.ceil(250 / limit));
  });

  test('mail that arrives during a walk neither repeats nor hides any', async () => {
    for (let n = 0; n < 10; n++) viewer.store.add(MAIL);
    const first = await body<Listed>(await viewer.get('/api/messages?limit=5'));
    viewer.store.add(MAIL);
    const second = await body<Listed>(await viewer.get(`/api/messages?limit=5&cursor=${first.next}`));
    expect([...first.items, ...second.items].map(({ id }) => id)).toHaveLength(10);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(10);
  });

  test('any change of a cursor is 400', async () => {
    viewer.store.add(MAIL);
    viewer.store.add(MAIL);
    const { next } = await body<Listed>(await viewer.get('/api/messages?limit=1'));
    const cursor = next ?? '';
    const changed = [...cursor].map(
      (letter, at) => cursor.slice(0, at) + (letter === 'A' ? 'B' : 'A') + cursor.slice(at + 1),
    );
    const others = [
      '',
      'x',
      'null',
      cursor.slice(1),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      `${cursor}%00`,
      'm000001',
    ];
    for (const bad of [...changed, ...others]) {
      const response = await viewer.get(`/api/messages?cursor=${encodeURIComponent(bad)}`);
      expect([bad, response.status]).toEqual([bad, 400]);
    }
    expect((await viewer.get(`/api/messages?cursor=${cursor}`)).status).toBe(200);
  });

  test('query finds, and pages within what it found', async () => {
    for (let n = 0; n < 6; n++) viewer.store.add(MAIL, { subject: n % 2 ? 'Invoice Ä' : 'Other' });
    const first = await body<Listed>(
      await viewer.get(`/api/messages?limit=2&query=${encodeURIComponent(' invoice ä')}`),
    );
    expect(first.items.map(({ subject }) => subject)).toEqual(['Invoice Ä', 'Invoice Ä']);
    const second = await body<Listed>(
      await viewer.get(`/api/messages?limit=2&query=invoice&cursor=${encodeURIComponent(first.next ?? '')}`),
    );
    expect(second).toMatchObject({ items: [{ subject: 'Invoice Ä' }], next: null });
  });
});

describe('GET /api/messages/:id', () => {
  test('adds what the page shows', async () => {
    const { id } = viewer.store.add(MAIL, { subject: 'Hi' });
    expect(await body(await viewer.get(`/api/messages/${id}`))).toMatchObject({
      id,
      subject: 'Hi',
      tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
      remoteAddress: '127.0.0.1',
      clientName: 'client.example',
      headers: [
        { name: 'From', value: 'A <a@example.org>' },
        { name: 'To', value: 'b@example.com' },
        { name: 'Subject', value: 'Hi' },
      ],
      text: 'Hello\n',
      problem: null,
    });
  });

  test.each(['unknown', '__proto__', '..%2F..%2Fetc%2Fpasswd', '%00', 'm000001%20', 'x'.repeat(2000)])(
    'unknown id %.20s is 404',
    async (id) => {
      viewer.store.add(MAIL);
      for (const suffix of ['', '/raw']) {
        const response = await viewer.get(`/api/messages/${id}${suffix}`);
        expect(response.status).toBe(404);
        expect(await response.json()).toEqual({ statusCode: 404, error: 'Not Found', message: 'no such message' });
      }
    },
  );

  test('an unforeseen error is a 500 that tells nothing', async () => {
    viewer.store.broken = new Error('SQLITE_IOERR at /secret/path');
    for (const path of ['/api/messages/m1', '/api/messages/m1/raw']) {
      const response = await viewer.get(path);
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual({
        statusCode: 500,
        error: 'Internal Server Error',
        message: 'Internal server error',
      });
    }
  });
});

test.each([
  ['GET', '/api', 404],
  ['GET', '/api/nothing', 404],
  ['POST', '/api/messages', 404],
  ['DELETE', '/api/messages/m000001', 404],
  ['GET', '/api/messages/%E0%A4%A', 400],
])('%s %s is %p as JSON', async (method, path, statusCode) => {
  const response = await viewer.get(path, { method });
  expect(response.status).toBe(statusCode);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await response.json()).toEqual({ statusCode, error: expect.any(String), message: expect.any(String) });
});

describe('GET /api/messages/:id/raw', () => {
  test('gives every byte, as a download', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    const raw = Buffer.concat([
      Buffer.from('Subject: x\n\r\r\n'),
      ...Array.from({ length: 3000 }, () => every),
      Buffer.from('\r'),
    ]);
    const { id } = viewer.store.add(raw, { subject: 'x\r\nSet-Cookie: evil=1' });
    const response = await viewer.get(`/api/messages/${id}/raw`);
    expect(Buffer.from(await response.arrayBuffer()).equals(raw)).toBe(true);
    expect(response.headers.get('content-type')).toBe('message/rfc822');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${id}.eml"`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  test('an empty mail is an empty body', async () => {
    const { id } = viewer.store.add('');
    const response = await viewer.get(`/api/messages/${id}/raw`);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('a hostile id does not get into a header', async () => {
    const { id } = viewer.store.add(MAIL, { id: 'a"; filename="x.html\r\nX-Evil: 1' });
    const response = await viewer.get(`/api/messages/${encodeURIComponent(id)}/raw`);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w-]+\.eml"$/);
    expect(response.headers.get('x-evil')).toBeNull();
  });

  test('a client that leaves early lets the stream go', async () => {
    const { id } = viewer.store.add(Buffer.alloc(64 * 1024 * 1024, 'a'));
    const started = request(`${viewer.origin}/api/messages/${id}/raw`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    started.end();
    const [response] = (await once(started, 'response')) as [NodeJS.ReadableStream];
    await once(response, 'readable');
    started.on('error', () => undefined).destroy();
    const stream = viewer.store.opened[0];
    expect(stream?.readableEnded).toBe(false);
    if (stream?.closed === false) await new Promise((resolve) => stream.on('close', resolve));
    expect(stream?.destroyed).toBe(true);
  });

  test('a body that fails at once is a 500, one that fails later is cut', async () => {
    const { id } = viewer.store.add(MAIL);
    const failing = (bytes: number): Readable => {
      const chunks = function* (): Generator<Buffer> {
        if (bytes > 0) yield Buffer.alloc(bytes);
        throw new Error('EIO at /secret');
      };
      return Readable.from(chunks(), { objectMode: false });
    };
    viewer.store.open = () => Promise.resolve(failing(0));
    const response = await viewer.get(`/api/messages/${id}/raw`);
    expect(response.status).toBe(500);
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(await response.text()).not.toContain('secret');
    viewer.store.open = () => Promise.resolve(failing(1024 * 1024));
    const cut = viewer.get(`/api/messages/${id}/raw`).then((begun) => begun.arrayBuffer());
    await expect(cut).rejects.toThrow();
  });

  test('HEAD reads nothing and lets the stream go', async () => {
    const { id } = viewer.store.add(MAIL);
    const response = await viewer.get(`/api/messages/${id}/raw`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'message/rfc822']);
    expect(viewer.store.opened[0]?.destroyed).toBe(true);
  });
});
