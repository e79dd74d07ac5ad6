import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { launchBrowser, openTrap, type Trap } from '../support/browser.js';
import { startViewer, TOKEN, type ViewerApp } from '../support/viewer-app.js';

let browser: Browser;
let viewer: ViewerApp;
let context: BrowserContext;
let page: Page;
/** What the browser refused or failed to do, and what scripts threw. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

beforeEach(async () => {
  viewer = await startViewer();
  context = await browser.newContext();
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
});

afterEach(async () => {
  await context.close();
  await viewer.app.close();
});

async function logIn(): Promise<void> {
  await page.goto(viewer.origin);
  await page.getByLabel('Admin token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'messages' }).waitFor();
  complaints = [];
}

/** Every way known to us by which HTML runs, sends or fetches something by itself or on one click. */
function attack(trap: string): string {
  const mark = (how: string): string => `document.documentElement.setAttribute('data-${how}','1')`;
  const run = (how: string): string => `${mark(how)};fetch('${trap}/${how}')`;
  return `<!doctype html><html><head>
    <link rel="preconnect" href="${trap}"><link rel="dns-prefetch" href="${trap}">
    <link rel="stylesheet" href="${trap}/link.css"><link rel="prefetch" href="${trap}/prefetch">
    <link rel="preload" as="image" href="${trap}/preload"><link rel="icon" href="${trap}/icon">
    <link rel="modulepreload" href="${trap}/module.js"><link rel="manifest" href="${trap}/manifest">
    <style>@import url(${trap}/import.css); @font-face { font-family: f; src: url(${trap}/font) }
      body { font-family: f; background: url(${trap}/background) } p::before { content: url(${trap}/content) }
      a { cursor: url(${trap}/cursor), auto }</style>
    <script>${run('script')}</script><script src="${trap}/remote.js"></script>
    <script type="module">${run('module')}</script>
    </head><body onload="${run('onload')}" background="${trap}/body">
    <p>Dear customer</p>
    <img src="${trap}/image" onerror="${run('onerror')}"><img src="x:" onerror="${run('broken')}">
    <img srcset="${trap}/srcset 1x"><picture><source srcset="${trap}/source"><img alt=""></picture>
    <svg onload="${run('svg')}"><image href="${trap}/svg-image"/><use href="${trap}/use#a"/></svg>
    <video src="${trap}/video" poster="${trap}/poster" autoplay></video><audio src="${trap}/audio" autoplay></audio>
    <iframe src="${trap}/frame"></iframe><iframe srcdoc="<script>${run('srcdoc')}</script><img src='${trap}/inner'>"></iframe>
    <iframe src="javascript:${run('javascript')}"></iframe>
    <object data="${trap}/object"></object><embed src="${trap}/embed">
    <form id="form" action="${trap}/form" method="post"><input name="a" value="b" autofocus onfocus="${run('onfocus')}">
      <button id="submit">Send</button><input type="image" src="${trap}/image-button"></form>
    <a id="link" href="${trap}/link" ping="${trap}/ping">Click</a>
    <a id="top" href="${trap}/top" target="_top">Click</a><a id="blank" href="${trap}/blank" target="_blank">Click</a>
    <a id="script-link" href="javascript:${run('click')}">Click</a>
    <details open ontoggle="${run('ontoggle')}"><summary>x</summary></details>
    <div style="background-image: url(${trap}/style)">x</div>
    <table background="${trap}/table"><tr><td>x</td></tr></table>
    </body></html>`;
}

/** Redirects by itself, on its own, so that it does not take the other attempts away. */
function redirect(trap: string): string {
  return `<html><head><meta http-equiv="refresh" content="0; url=${trap}/refresh"></head><body><p>Dear customer</p></body></html>`;
}

const mailOf = (html: string): string =>
  `From: a@example.org\r\nSubject: Offer\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`;

/** The names of the marks that scripts of the mail left in a document. */
async function marksIn(frame: Page | Frame): Promise<string[]> {
  return frame.evaluate<string[]>('Object.keys(document.documentElement.dataset)');
}

/** Long enough for whatever a page does by itself. */
async function settle(): Promise<void> {
  await page.waitForTimeout(1_000);
}

describe('a hostile mail', () => {
  let trap: Trap;

  beforeEach(async () => {
    trap = await openTrap();
  });

  afterEach(() => trap.close());

  test('runs and fetches a lot where nothing guards against it, so that the trap is known to work', async () => {
    expect((await fetch(`${trap.origin}/once`)).status).toBe(200);
    expect(trap.visits).toEqual(['connection', 'GET /once']);
    await page.setContent(attack(trap.origin));
    await settle();
    expect(await marksIn(page)).toEqual(expect.arrayContaining(['script', 'module', 'onload', 'broken', 'svg']));
    const fetched = ['link.css', 'import.css', 'background', 'image', 'frame', 'object', 'poster', 'script', 'inner'];
    expect(trap.visits).toEqual(expect.arrayContaining(fetched.map((name) => `GET /${name}`)));
    await page.setContent(redirect(trap.origin));
    await page.waitForURL(`${trap.origin}/refresh`);
  });

  test.each([
    ['in the page', attack, (id: string) => `/messages/${id}?view=html`],
    ['in the page, as a redirect', redirect, (id: string) => `/messages/${id}?view=html`],
    ['on its own address', attack, (id: string) => `/messages/${id}/html`],
    ['on its own address, as a redirect', redirect, (id: string) => `/messages/${id}/html`],
  ])('%s runs nothing and fetches nothing', async (_name, html, address) => {
    await logIn();
    const { id } = viewer.store.add(mailOf(html(trap.origin)), { subject: 'Offer' });
    // What a policy refuses is a request to the browser's tools, too; what counts is whether one was sent.
    const answered: string[] = [];
    context.on('response', (response) => answered.push(new URL(response.url()).origin));
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => dialogs.push(dialog.message()));

    await page.goto(viewer.origin + address(id));
    await settle();

    // The frame of the mail, or the page itself where the mail is all of it.
    const frame = page.frames()[1] ?? page.mainFrame();
    expect(await frame.textContent('p')).toBe('Dear customer');
    expect(frame.url()).toBe(`${viewer.origin}/messages/${id}/html`);
    for (const each of page.frames()) expect(await marksIn(each)).toEqual([]);
    expect(trap.visits).toEqual([]);
    expect(new Set(answered)).toEqual(new Set([viewer.origin]));
    expect(dialogs).toEqual([]);
    expect(context.pages()).toHaveLength(1);
  });

  test('does nothing when the reader clicks in it', async () => {
    await logIn();
    const { id } = viewer.store.add(mailOf(attack(trap.origin)));
    const address = `${viewer.origin}/messages/${id}?view=html`;
    for (const target of ['#submit', '#link', '#top', '#blank', '#script-link', 'summary']) {
      await page.goto(address);
      await page.frameLocator('iframe').locator(target).click();
      await page.waitForTimeout(200);
      expect(page.url()).toBe(address);
      expect(context.pages()).toHaveLength(1);
    }
    expect(trap.visits).toEqual([]);
  });

  test('in the other tabs is plain text', async () => {
    await logIn();
    const html = attack(trap.origin);
    const raw = `X-<script>alert(1)</script>: <img src="${trap.origin}/header">\r\nSubject: x\r\n\r\n${html}`;
    const { id } = viewer.store.add(raw, { subject: html.slice(0, 900), from: html.slice(0, 900), user: html });
    for (const path of [
      '/',
      '/?query=html',
      ...['text', 'headers', 'source'].map((view) => `/messages/${id}?view=${view}`),
    ]) {
      await page.goto(viewer.origin + path);
      await page.waitForTimeout(300);
      expect(await marksIn(page)).toEqual([]);
      expect(await page.locator('main img, main script:not([src]), main iframe, main form:not(.search)').count()).toBe(
        0,
      );
    }
    expect(await page.locator('pre').textContent()).toContain('<script src=');
    expect(trap.visits).toEqual([]);
  });
});

test('login asks once, refuses a wrong token, and logout forgets', async () => {
  await page.goto(`${viewer.origin}/?query=abc`);
  await page.getByLabel('Admin token').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  expect(await page.getByRole('alert').textContent()).toBe('This is not the admin token.');
  await page.getByLabel('Admin token').fill(TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Found' }).waitFor();
  expect(page.url()).toBe(`${viewer.origin}/?query=abc`);

  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(await page.evaluate('document.cookie')).toBe('');
  const second = await context.newPage();
  await second.goto(viewer.origin);
  expect(await second.getByLabel('Admin token').count()).toBe(0);

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Admin token').waitFor();
  expect(await context.cookies()).toEqual([]);
});

test('the list is live, follows a search, and complains about nothing', async () => {
  await logIn();
  await page.getByText('No mail yet').waitFor();
  viewer.store.add(mailOf('x'), { subject: 'First' });
  await page.getByText('First').waitFor();
  viewer.store.add(mailOf('x'), { subject: 'Second' });
  await page.getByText('Second').waitFor();
  expect(await page.locator('.subject').allTextContents()).toEqual(['Second', 'First']);

  await page.getByRole('searchbox').pressSequentially('second');
  await page.getByRole('heading', { name: 'Found' }).waitFor();
  expect(page.url()).toBe(`${viewer.origin}/?query=second`);
  viewer.store.add(mailOf('x'), { subject: 'Third' });
  viewer.store.add(mailOf('x'), { subject: 'Another second' });
  await page.getByText('Another second').waitFor();
  expect(await page.locator('.subject').allTextContents()).toEqual(['Another second', 'Second']);
  expect(await page.getByRole('searchbox').inputValue()).toBe('second');
  expect(complaints).toEqual([]);
});

test('a list without its login becomes the login form', async () => {
  await logIn();
  await context.clearCookies();
  viewer.store.add(mailOf('x'), { subject: 'First' });
  await page.getByLabel('Admin token').waitFor();
});

test('the keyboard reaches a message and its tabs', async () => {
  viewer.store.add(
    'Subject: Hi\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n' +
      '--b\r\n\r\nthe text\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>the html\r\n--b--',
    { subject: 'Hi' },
  );
  await logIn();
  await page.getByRole('link', { name: 'Hi' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Hi' }).waitFor();
  expect(await page.frameLocator('iframe').locator('p').textContent()).toContain('the html');
  for (const [tab, text] of [
    ['Text', 'the text'],
    ['Headers', 'multipart/alternative'],
    ['Source', '--b--'],
  ] as const) {
    await page.getByRole('link', { name: tab }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.pane').getByText(text).waitFor();
    expect(await page.locator('[aria-current=page]').textContent()).toBe(tab);
  }
  expect(complaints).toEqual([]);
});

test('the application closes at once while a page is open', async () => {
  await logIn();
  await page.waitForTimeout(300);
  const started = performance.now();
  await viewer.app.close();
  expect(performance.now() - started).toBeLessThan(2_000);
});
