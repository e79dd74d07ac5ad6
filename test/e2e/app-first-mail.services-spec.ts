import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type AppProcess, removeFolder, startApp, temporaryFolder } from '../support/app-process.js';
import { launchBrowser, openTrap, type Trap } from '../support/browser.js';
import { sendMail } from '../support/smtp.js';

/** A name that a shell would take apart. */
const folder = temporaryFolder();
const dataDir = join(folder, "it's data");
let app: AppProcess;
let browser: Browser;
let trap: Trap;

beforeAll(async () => {
  app = await startApp(dataDir, {
    env: { BOOTSTRAP_USER: undefined, BOOTSTRAP_PASSWORD: undefined, ADMIN_TOKEN: undefined },
  });
  browser = await launchBrowser();
  trap = await openTrap();
}, 30_000);

afterAll(async () => {
  await browser.close();
  await trap.close();
  await app.stop();
  removeFolder(folder);
});

test('the printed curl line delivers, word for word, and a person sees the mail on the page', async () => {
  const line = /^ {4}(printf .*)$/m.exec(app.output)![1]!;
  execFileSync('sh', ['-c', line], { stdio: 'pipe' });

  const page = await browser.newPage();
  await page.goto(app.url);
  const token = /shown this once: (\S{40,})$/m.exec(app.output)![1]!;
  await page.getByLabel('Admin token').fill(token);
  await page.keyboard.press('Enter');
  await page.getByText('Hello').click();
  const shown = await page.locator('main').innerText();
  for (const fact of ['Hello', 'demo', 'PLAIN', 'TLSv1.3', 'me@example.org', 'you@example.org']) {
    expect(shown).toContain(fact);
  }
  expect(page.url()).not.toContain(token);
  await page.close();
});

test('a mail with script, event handler, form and remote image, sent by SMTP, runs and fetches nothing', async () => {
  const password = /user demo, password (\S+)/.exec(app.output)![1]!;
  const token = /shown this once: (\S{40,})$/m.exec(app.output)![1]!;
  const html = `<p>Dear customer</p><script>fetch('${trap.origin}/script')</script>
    <img src="${trap.origin}/image" onerror="fetch('${trap.origin}/handler')">
    <form action="${trap.origin}/form"><button>Send</button></form>`;
  const response = await sendMail(app, { subject: 'Offer', html }, { user: 'demo', pass: password });
  const id = response.split(' ').at(-1)!;

  const context = await browser.newContext();
  await context.addCookies([{ name: 'smtp_admin', value: token, url: app.url }]);
  const page = await context.newPage();
  await page.goto(`${app.url}/messages/${id}?view=html`);
  const mail = page.frameLocator('iframe');
  expect(await mail.locator('p').textContent()).toBe('Dear customer');
  await mail.locator('button').click();
  await page.waitForTimeout(500);
  expect(trap.visits).toEqual([]);
  // The same attempt where nothing guards: the trap works.
  const bare = await browser.newPage();
  await bare.setContent(html);
  for (let n = 0; n < 50 && !trap.visits.includes('GET /image'); n++) await bare.waitForTimeout(100);
  expect(trap.visits).toContain('GET /image');
  await context.close();
});
