import { StorageFullError } from '../../src/store/message-store.js';
import { Readiness } from '../../src/health/readiness.js';
import { startViewer, type ViewerApp } from '../support/viewer-app.js';

let viewer: ViewerApp;

beforeEach(async () => {
  viewer = await startViewer();
});

afterEach(() => viewer.app.close());

async function ask(path: string): Promise<[number, unknown]> {
  const response = await fetch(viewer.origin + path);
  return [response.status, await response.json()];
}

test('both are 200 without a token while all is well', async () => {
  expect(await ask('/health/live')).toEqual([200, { status: 'ok' }]);
  expect(await ask('/health/ready')).toEqual([200, { status: 'ok' }]);
});

test.each([
  [new StorageFullError('no space left on /secret'), 'the storage is full'],
  [new Error('EIO at /secret'), 'the storage cannot commit'],
])('a store with trouble is alive, not ready, and tells no inner text', async (trouble, reason) => {
  viewer.store.trouble = trouble;
  expect(await ask('/health/live')).toEqual([200, { status: 'ok' }]);
  expect(await ask('/health/ready')).toEqual([503, { status: 'unavailable', reason }]);
  viewer.store.trouble = undefined;
  expect(await ask('/health/ready')).toEqual([200, { status: 'ok' }]);
});

test('a draining application is alive, not ready', async () => {
  viewer.app.get(Readiness).onModuleDestroy();
  expect(await ask('/health/live')).toEqual([200, { status: 'ok' }]);
  expect(await ask('/health/ready')).toEqual([503, { status: 'unavailable', reason: 'shutting down' }]);
});

test('a store that hangs is not ready', async () => {
  viewer.store.check = () => new Promise(() => undefined);
  expect(await ask('/health/ready')).toEqual([503, { status: 'unavailable', reason: 'the storage cannot commit' }]);
});
