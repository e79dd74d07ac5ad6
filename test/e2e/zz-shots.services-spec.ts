import { launchBrowser } from '../support/browser.js';
import { startViewer, TOKEN } from '../support/viewer-app.js';
test('shots', async () => {
  const viewer = await startViewer();
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  page.on('console', (m) => console.log(m.type(), m.text()));
  page.on('pageerror', (e) => console.log('pageerror', e.message));
  page.on('response', (r) => {
    if (r.status() >= 400) console.log(r.status(), r.url());
  });
  await page.goto(viewer.origin);
  await page.screenshot({ path: '/tmp/shots/login.png' });
  await page.fill('#token', 'nope');
  await page.press('#token', 'Enter');
  await page.waitForSelector('#failed');
  await page.screenshot({ path: '/tmp/shots/login-failed.png' });
  await page.fill('#token', TOKEN);
  await page.press('#token', 'Enter');
  await page.waitForSelector('.empty');
  await page.screenshot({ path: '/tmp/shots/empty.png' });
  const html = `<html><head><style>body{font-family:sans-serif;color:#333} .b{background:#3b5bdb;color:#fff;padding:12px;border-radius:6px}</style></head><body><h2>Your invoice for November</h2><p>Dear Bob, please find <a href="https://example.org/">your invoice</a> attached.</p><p><img src="cid:logo@x" width=64 height=64></p><p class=b>Total: 42.00 EUR</p><img src="https://example.org/pixel.gif"></body></html>`;
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
  const mail = `From: "Jane Doe" <jane@billing.example>\r\nTo: Bob <bob@example.com>, =?utf-8?q?J=C3=BCrgen?= <j@example.com>\r\nCc: team@example.com\r\nSubject: Invoice\r\nDate: Mon, 24 Nov 2025 10:11:12 +0100\r\nMessage-ID: <abc@billing.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nDear Bob,\r\n\r\nplease find your invoice attached.\r\nTotal: 42.00 EUR\r\n\r\n-- \r\nJane\r\n--a\r\nContent-Type: text/html\r\n\r\n${html}\r\n--a--\r\n--r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n${png}\r\n--r--\r\n--m\r\nContent-Type: application/pdf; name="invoice 2025-11.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.alloc(90000).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--m--\r\n`;
  const mails = [
    ['Invoice for November 2025', '"Jane Doe" <jane@billing.example>'],
    ['Scan from MFP-3rd-floor', 'Scanner <scan@office.example>'],
    ['', ''],
    [
      'A subject that is so very long that it cannot possibly fit on any line of any reasonable screen, and goes on and on until the end of the world',
      'Someone with an equally long name who also never stops <very.long.address.of.somebody@subdomain.of.a.long.example.org>',
    ],
    ['שלום עולם mixed text', 'RTL <r@example.org>'],
  ];
  mails.forEach(([subject, from], n) =>
    viewer.store.add(mail, {
      subject: subject!,
      from: from!,
      secure: n !== 1,
      tls: n === 1 ? null : 'TLSv1.3 TLS_AES_256_GCM_SHA384',
      user: n === 3 ? 'a.very.long.user.name@some.example.org' : 'billing',
      authMethod: n % 2 ? 'LOGIN' : 'PLAIN',
      rcptTo: n % 2 ? ['bob@example.com', 'j@example.com', 'k@example.com'] : ['bob@example.com'],
      receivedAt: new Date(Date.UTC(2025, 10, 24, 10, n)),
    }),
  );
  await page.waitForSelector('.mail');
  await page.screenshot({ path: '/tmp/shots/list.png' });
  await page.fill('#query', 'invoice');
  await page.waitForFunction(() => document.querySelectorAll('.mail').length === 1);
  console.log(page.url());
  await page.screenshot({ path: '/tmp/shots/search.png' });
  await page.click('.mail');
  await page.waitForSelector('iframe');
  await page.waitForTimeout(600);
  await page.screenshot({ path: '/tmp/shots/message.png' });
  for (const tab of ['Text', 'Headers', 'Source']) {
    await page.click(`.tabs >> text=${tab}`);
    await page.screenshot({ path: `/tmp/shots/message-${tab}.png` });
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: '/tmp/shots/dark-source.png' });
  await page.click('.tabs >> text=HTML');
  await page.waitForTimeout(400);
  await page.screenshot({ path: '/tmp/shots/dark-message.png' });
  await page.goto(viewer.origin);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.screenshot({ path: '/tmp/shots/dark-list.png' });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.screenshot({ path: '/tmp/shots/mobile-list.png' });
  await page.click('.mail');
  await page.waitForTimeout(400);
  await page.screenshot({ path: '/tmp/shots/mobile-message.png', fullPage: true });
  await page.click('.tabs >> text=Headers');
  await page.screenshot({ path: '/tmp/shots/mobile-headers.png', fullPage: true });
  console.log(await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]));
  const t = Date.now();
  await page.goto(viewer.origin);
  await page.waitForTimeout(300);
  const c = Date.now();
  await viewer.app.close();
  console.log('close', Date.now() - c);
  await browser.close();
}, 60000);
