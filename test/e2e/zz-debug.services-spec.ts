import { launchBrowser } from '../support/browser.js';
import { startViewer, TOKEN } from '../support/viewer-app.js';
test('debug', async () => {
  const viewer = await startViewer();
  const browser = await launchBrowser();
  const page = await (await browser.newContext()).newPage();
  const log: string[] = [];
  page.on('console', (m) => log.push(m.text()));
  page.on('pageerror', (e) => log.push('pageerror ' + e.message));
  page.on('request', (r) => log.push('> ' + r.method() + ' ' + r.url() + ' ' + JSON.stringify(r.headers()['accept'])));
  page.on('response', (r) => log.push('< ' + r.status() + ' ' + r.url()));
  page.on('requestfailed', (r) => log.push('x ' + r.url() + ' ' + r.failure()?.errorText));
  await page.addInitScript(() => {
    for (const n of [
      'htmx:sse:before:connection',
      'htmx:sse:after:connection',
      'htmx:sse:before:message',
      'htmx:sse:error',
      'htmx:error',
      'htmx:before:request',
      'mail',
      'htmx:sse:close',
      'htmx:after:swap',
    ])
      addEventListener(
        n,
        (e) => console.log(n, (e.target as Element).id, String((e as CustomEvent).detail?.error)),
        true,
      );
  });
  await page.goto(viewer.origin);
  await page.fill('#token', TOKEN);
  await page.press('#token', 'Enter');
  await page.waitForSelector('.empty');
  await page.waitForTimeout(500);
  viewer.store.add('Subject: x\r\n\r\nx', { subject: 'x' });
  await page.waitForTimeout(1500);
  console.log(log.join('\n'));
  console.log(await page.content());
  await browser.close();
  await viewer.app.close();
}, 20000);
