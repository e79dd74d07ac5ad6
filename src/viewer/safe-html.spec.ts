import { safeHtml } from './safe-html.js';

/** The style that stands behind every mail. */
const STYLE = safeHtml('', []);

describe('active elements', () => {
  test.each([
    ['<link rel=preconnect href=//x>', '<x-link rel=preconnect href=//x>'],
    ['<LiNk\nrel=x>', '<x-LiNk\nrel=x>'],
    ['<link/rel=x>', '<x-link/rel=x>'],
    ['<link', '<x-link'],
    ['<script>a</script>', '<x-script>a</x-script>'],
    ['<meta http-equiv=refresh content=0>', '<x-meta http-equiv=refresh content=0>'],
    ['<iframe srcdoc="<link>"></iframe>', '<x-iframe srcdoc="<x-link>"></x-iframe>'],
    ['<form action=x></form >', '<x-form action=x></x-form >'],
    ['<a href=//x ping=//y>', '<x-a href=//x ping=//y>'],
    ['<A\thref=x></A>', '<x-A\thref=x></x-A>'],
    ['<<base href=x>', '<<x-base href=x>'],
    ['<scr<script>ipt>', '<scr<x-script>ipt>'],
  ])('%s becomes %s', (html, safe) => expect(safeHtml(html, [])).toBe(safe + STYLE));

  test.each([
    '<p>a</p>',
    '<linked>',
    '<x-link>',
    '< link>',
    '&lt;link&gt;',
    '<html><head><style>a{}</style>',
    '<formula>',
    '<abbr>',
  ])('%s stays', (html) => expect(safeHtml(html, [])).toBe(html + STYLE));

  test('a second pass finds nothing left', () => {
    const once = safeHtml('<script><link><meta><<form><iframe/><object data=x>', []);
    expect(safeHtml(once, [])).toBe(once + STYLE);
  });
});

describe('images', () => {
  const images = [{ cid: 'a@b', uri: 'data:image/png;base64,AA' }];

  test.each([
    ['<img src="cid:a@b">', '<img src="data:image/png;base64,AA">'],
    ['<img src=CID:a%40b>', '<img src=data:image/png;base64,AA>'],
    ['<p style="background:url(cid:a@b)">\'', '<p style="background:url(data:image/png;base64,AA)">\''],
    ['<img src="cid:other">', '<img src="cid:other">'],
    ['<img src="cid:%">', '<img src="cid:%">'],
    ['<img src="https://example.org/a@b">', '<img src="https://example.org/a@b">'],
  ])('%s becomes %s', (html, safe) => expect(safeHtml(html, images)).toBe(safe + STYLE));

  test('a small mail does not become a huge page', () => {
    const big = [{ cid: 'a', uri: `data:image/png;base64,${'A'.repeat(1024 * 1024)}` }];
    expect(safeHtml('<img src="cid:a">'.repeat(10_000), big).length).toBeLessThan(9 * 1024 * 1024);
  });
});

test.each([['<'], ['<link'], ['</'], ['cid:'], ['cid:a'], ['<link cid:a<']])(
  'a megabyte of %p takes no time',
  (piece) => {
    const html = piece.repeat((1024 * 1024) / piece.length);
    const started = performance.now();
    safeHtml(html, [{ cid: 'x', uri: 'data:,' }]);
    expect(performance.now() - started).toBeLessThan(1_000);
  },
);
