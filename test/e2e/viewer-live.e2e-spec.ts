import { request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { MAX_STREAMS } from '../../src/viewer/live-updates.js';
import { logIn, startViewer, type ViewerApp } from '../support/viewer-app.js';

const EVENT = 'event: mail\ndata:\n\n';

let viewer: ViewerApp;
let cookie: string;

beforeEach(async () => {
  viewer = await startViewer();
  cookie = await logIn(viewer.origin);
});

afterEach(() => viewer.app.close());

/** A page's stream; `next()` waits for what comes next. */
async function listen() {
  const stop = new AbortController();
  const response = await fetch(`${viewer.origin}/events`, { headers: { cookie }, signal: stop.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return { response, stop: () => stop.abort(), next: async () => (await reader?.read())?.value };
}

test('a page hears at once, and of each new message', async () => {
  const stream = await listen();
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  expect(await stream.next()).toBe(EVENT);
  viewer.store.add('x');
  expect(await stream.next()).toBe(EVENT);
  viewer.store.add('x');
  expect(await stream.next()).toBe(EVENT);
  stream.stop();
});

test('a burst of mail is one event, and says nothing about the mail', async () => {
  const stream = await listen();
  await stream.next();
  for (let n = 0; n < 1000; n++) viewer.store.add('x', { subject: 'Secret' });
  expect(await stream.next()).toBe(EVENT);
  const silence = await Promise.race([stream.next(), new Promise((resolve) => setTimeout(resolve, 600, 'silence'))]);
  expect(silence).toBe('silence');
  stream.stop();
});

test('the number of streams is bounded, and a closed one makes room', async () => {
  const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, listen));
  expect(streams.every(({ response }) => response.status === 200)).toBe(true);
  expect((await listen()).response.status).toBe(503);
  streams[0]?.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const again = await listen();
  expect(again.response.status).toBe(200);
  for (const { stop } of [...streams, again]) stop();
});

test('shutdown ends open streams at once, also one that nobody reads', async () => {
  const stream = await listen();
  await stream.next();
  const deaf = request(`${viewer.origin}/events`, { headers: { cookie } });
  deaf.end();
  await once(deaf, 'response');
  const closed = once(deaf, 'close').catch(() => undefined);
  const started = performance.now();
  await viewer.app.close();
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(await stream.next()).toBeUndefined();
  expect(viewer.store.listeners).toBe(0);
  deaf.destroy();
  await closed;
});

test('shutdown does not wait for a connection that never asked anything', async () => {
  const silent = connect(Number(new URL(viewer.origin).port), '127.0.0.1');
  await once(silent, 'connect');
  // A round trip later the server has accepted it.
  await fetch(viewer.origin).then((response) => response.text());
  const closed = once(silent, 'close');
  const started = performance.now();
  await viewer.app.close();
  expect(performance.now() - started).toBeLessThan(1_000);
  await closed;
});

test('shutdown gives a download a little time, then cuts it', async () => {
  const { id } = viewer.store.add(Buffer.alloc(64 * 1024 * 1024));
  const slow = request(`${viewer.origin}/api/messages/${id}/raw`, { headers: { cookie } });
  slow.end();
  const [response] = (await once(slow, 'response')) as [NodeJS.ReadableStream];
  const cut = new Promise((resolve) => response.once('error', resolve));
  await once(response, 'readable');
  const started = performance.now();
  await viewer.app.close();
  expect(performance.now() - started).toBeGreaterThan(1_000);
  expect(performance.now() - started).toBeLessThan(4_000);
  response.resume();
  expect(await cut).toMatchObject({ code: 'ECONNRESET' });
  expect(viewer.store.opened[0]?.destroyed).toBe(true);
});
