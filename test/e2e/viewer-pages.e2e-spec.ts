import { logIn, startViewer, TOKEN, type ViewerApp } from '../support/viewer-app.js';

const MAIL = 'From: A <a@example.org>\r\nTo: b@example.com\r\nSubject: Hi\r\n\r\nHello\r\n';
const HTML_MAIL = 'Subject: Hi\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n';

let viewer: ViewerApp;
let cookie: string;

beforeEach(async () => {
  viewer = await startViewer();
  cookie = await logIn(viewer.origin);
});

afterEach(() => viewer.app.close());

function page(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(viewer.origin + path, { headers: { cookie, ...headers }, redirect: 'manual' });
}

function post(
  path: string,
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams(form);
  return fetch(viewer.origin + path, { method: 'POST', body, headers, redirect: 'manual' });
}

describe('without the cookie', () => {
  test.each(['/', '/?query=x', '/messages/m000001', '/messages/unknown', '/messages/m000001/html', '/events'])(
    '%s is the login form',
    async (path) => {
      viewer.store.add(HTML_MAIL, { subject: 'Secret' });
      for (const headers of [{}, { cookie: 'smtp_admin=wrong' }, { cookie: 'smtp_admin' }]) {
        const response = await fetch(viewer.origin + path, { headers });
        const html = await response.text();
        expect(response.status).toBe(401);
        expect(html).toContain('<form method="post" action="/login"');
        expect(html).not.toContain('Secret');
      }
    },
  );

  test('a part of a page asks for the whole page', async () => {
    const response = await fetch(viewer.origin, { headers: { 'HX-Request': 'true' } });
    expect([response.status, response.headers.get('hx-refresh')]).toEqual([401, 'true']);
  });

  test.each([
    ['/assets/htmx.js', 'text/javascript; charset=utf-8', 'registerExtension("sse"'],
    ['/assets/style.css', 'text/css; charset=utf-8', 'prefers-color-scheme'],
    ['/assets/icon.svg', 'image/svg+xml', '<svg'],
  ])('%s is there', async (path, type, text) => {
    const response = await fetch(viewer.origin + path);
    expect(response.headers.get('content-type')).toMatch(type);
    expect(await response.text()).toContain(text);
    const again = await fetch(viewer.origin + path, {
      headers: { 'if-none-match': response.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
  });
});

describe('login', () => {
  test('keeps the token in a cookie that scripts and other sites do not get', async () => {
    const response = await post('/login', { token: TOKEN, next: '/messages/m1?view=text' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/messages/m1?view=text']);
    const attributes = response.headers.get('set-cookie')?.split('; ').slice(1).sort();
    expect(attributes).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict']);
  });

  test.each([['wrong'], [''], [`${TOKEN}x`]])('refuses %p', async (token) => {
    const response = await post('/login', { token });
    const html = await response.text();
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
    expect(html).toContain('This is not the admin token.');
  });

  test.each(['', 'token', 'token[]=x&token[]=y', 'token[length]=1', '__proto__[token]=x'])(
    'refuses the form %p',
    async (form) => expect((await post('/login', form)).status).toBe(401),
  );

  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'evil',
    '/a\r\nX-Evil: 1',
    'javascript:alert(1)',
  ])('does not lead on to %p', async (next) => {
    const response = await post('/login', { token: TOKEN, next });
    expect([response.headers.get('location'), response.headers.get('x-evil')]).toEqual(['/', null]);
  });

  test('logout takes the cookie away', async () => {
    const response = await post('/logout', {}, { cookie });
    expect(response.status).toBe(303);
    expect(response.headers.get('set-cookie')).toMatch(/^smtp_admin=; Max-Age=0;/);
  });

  test.each([
    [403, { 'sec-fetch-site': 'cross-site' }],
    [403, { 'sec-fetch-site': 'same-site' }],
    [403, { origin: 'https://evil.example' }],
    [403, { origin: 'http://127.0.0.1:1' }],
    [403, { origin: 'nonsense' }],
    [403, { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    [303, { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    [303, { 'sec-fetch-site': 'none' }],
    [303, { origin: 'null' }],
    [303, { origin: 'own' }],
    [303, {}],
  ])('answers %p to a form with %p', async (status, headers: Record<string, string>) => {
    const sent = headers['origin'] === 'own' ? { origin: viewer.origin } : headers;
    for (const path of ['/login', '/logout']) {
      const response = await post(path, { token: TOKEN }, sent);
      expect(response.status).toBe(status);
      if (status === 403) expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  test('the token is in no page and no address', async () => {
    const { id } = viewer.store.add(MAIL);
    for (const path of ['/', `/messages/${id}`, `/messages/${id}?view=headers`, '/messages/unknown']) {
      const response = await page(path);
      const html = await response.text();
      expect(html).not.toContain(TOKEN);
      expect(html).not.toContain(encodeURIComponent(TOKEN));
    }
    expect(await (await post('/login', { token: `${TOKEN}x` })).text()).not.toContain(TOKEN);
  });
});

test('every response carries the headers', async () => {
  const { id } = viewer.store.add(MAIL);
  const paths = [
    '/',
    `/messages/${id}`,
    '/messages/unknown',
    '/assets/style.css',
    '/api/messages',
    '/nothing',
    '/health/live',
    '/%E0%A4%A',
  ];
  for (const path of paths) {
    const { headers } = await page(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; " +
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe(path.startsWith('/assets/') ? 'no-cache' : 'no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  }
});

describe('the pages', () => {
  test('escape every value of a message', async () => {
    const evil = `"'><img src=x onerror=alert(1)>&amp;`;
    const raw = [
      `Subject: ${evil}`,
      `To: ${evil}`,
      `Date: ${evil}`,
      `X${evil}: ${evil}`,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      evil,
      '--b',
      `Content-Type: application/x-${evil}; name="${evil}"`,
      `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(evil)}`,
      '',
      'x',
      '--b--',
    ].join('\r\n');
    const fields = ['subject', 'from', 'user', 'authMethod', 'tls', 'remoteAddress', 'clientName', 'mailFrom'] as const;
    const summary = Object.fromEntries(fields.map((field) => [field, evil]));
    const { id } = viewer.store.add(raw, { ...summary, rcptTo: [evil, evil] });
    const query = encodeURIComponent(evil);
    const views = ['html', 'text', 'headers', 'source'].map((view) => `/messages/${id}?view=${view}`);
    for (const path of ['/', `/?query=${query}`, `/?query=${query}nothing`, ...views, `/messages/${query}`]) {
      const html = await (await page(path)).text();
      expect(html).not.toContain('<img src=x');
      expect(html).not.toContain(`"'>`);
      expect(html).not.toContain(`"&#39;&gt;`);
    }
    expect(await (await page(`/?query=${query}`)).text()).toContain('&quot;&#39;&gt;&lt;img src=x');
    expect(await (await fetch(`${viewer.origin}/?next=${query}"`)).text()).not.toContain('<img src=x');
  });

  test('a hostile id stays in its attribute', async () => {
    const id = 'a"><script>alert(1)</script>/../b?c#d';
    viewer.store.add(MAIL, { id });
    const html = await (await page('/')).text();
    expect(html).not.toContain('<script>alert');
    const href = /href="(\/messages\/[^"]*)"/.exec(html)?.[1] ?? '';
    expect((await page(href)).status).toBe(200);
  });

  test('list: newest first, search and paging keep together', async () => {
    for (let n = 1; n <= 60; n++) viewer.store.add(MAIL, { subject: `Mail & ${n}` });
    const first = await (await page('/?query=mail+%26')).text();
    expect(first.indexOf('Mail &amp; 60')).toBeLessThan(first.indexOf('Mail &amp; 59'));
    expect(first).toContain('hx-get="/?query=mail%20%26"');
    const older = /rel="next" href="([^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(older).toMatch(/^\/\?query=mail%20%26&cursor=[\w-]+$/);
    const second = await (await page(older)).text();
    expect(second).toContain('Mail &amp; 10<');
    expect(second).not.toContain('Mail &amp; 11<');
    expect(second).not.toContain('rel="next"');
    expect(second).not.toContain('hx-trigger="mail');
  });

  test('the empty list shows how to send a first mail', async () => {
    const html = await (await page('/')).text();
    expect(html).toContain('curl --insecure --ssl-reqd smtp://127.0.0.1:2525');
    expect(await (await page('/?query=x')).text()).not.toContain('curl');
  });

  test('a message shows what the dialogue told', async () => {
    const { id } = viewer.store.add(MAIL, { subject: 'Hi', from: 'A <a@example.org>' });
    const html = await (await page(`/messages/${id}`)).text();
    for (const text of [
      'Hi',
      'b@example.com',
      'alice',
      'PLAIN',
      'TLSv1.3 TLS_AES_256_GCM_SHA384',
      '127.0.0.1',
      'client.example',
    ]) {
      expect(html).toContain(text);
    }
    expect(html).toContain('<pre class="text" tabindex="0" dir="auto">Hello\n</pre>');
  });

  test('the source is shown up to 1 MiB, then as a download', async () => {
    const short = viewer.store.add(`${MAIL}\0\x1b`);
    const long = viewer.store.add(MAIL + 'a'.repeat(2 * 1024 * 1024));
    expect(await (await page(`/messages/${short.id}?view=source`)).text()).not.toContain('This is the beginning');
    const html = await (await page(`/messages/${long.id}?view=source`)).text();
    expect(html.length).toBeLessThan(1024 * 1024 + 20_000);
    expect(html).toContain(`This is the beginning. <a href="/api/messages/${long.id}/raw"`);
    expect(viewer.store.opened.every((stream) => stream.destroyed)).toBe(true);
  });

  test('the HTML has a policy of its own, brings its images and nothing active', async () => {
    const raw = [
      'Content-Type: multipart/related; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; charset=iso-8859-1',
      '',
      '<p>H\xe9llo</p><img src="cid:a%40b"><link rel=preconnect href=//x><img src="cid:other">',
      '--b',
      'Content-Type: image/png',
      'Content-ID: <a@b>',
      'Content-Transfer-Encoding: base64',
      '',
      'aGVsbG8=',
      '--b--',
    ].join('\r\n');
    const { id } = viewer.store.add(Buffer.from(raw, 'latin1'));
    const response = await page(`/messages/${id}/html`);
    expect(response.headers.get('content-security-policy')).toBe(
      "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'self'",
    );
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('x-dns-prefetch-control')).toBe('off');
    expect(await response.text()).toContain(
      '<p>Héllo</p><img src="data:image/png;base64,aGVsbG8="><x-link rel=preconnect href=//x><img src="cid:other">',
    );
    const view = await (await page(`/messages/${id}`)).text();
    expect(view).toContain(`<iframe sandbox referrerpolicy="no-referrer" src="/messages/${id}/html"`);
  });

  test.each([
    ['/messages/unknown', 404, 'There is no such message.'],
    ['/messages/m000001/html', 404, 'This message has no HTML.'],
    ['/?cursor=x', 400, 'cursor is not one of this list'],
    ['/?query=a&query=b', 400, 'query must be given once'],
  ])('%s is a page with %p', async (path, status, text) => {
    viewer.store.add(MAIL);
    const response = await page(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(await response.text()).toContain(text);
  });

  test('an unforeseen error tells nothing', async () => {
    viewer.store.broken = new Error('SQLITE_IOERR at /secret/path');
    const response = await page('/messages/m000001');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/secret|SQLITE|\.ts|\.js:/);
  });
});
