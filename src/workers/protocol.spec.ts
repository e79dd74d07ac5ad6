import { StoreStoppedError, errorOf } from '../store/failure.js';
import { StorageFullError } from '../store/message-store.js';
import { crossing } from './protocol.js';

test.each([
  ['no room', new StorageFullError('full'), StorageFullError],
  ['a disk that failed', new StoreStoppedError('EIO'), StoreStoppedError],
  ['a full disk as the system says it', Object.assign(new Error('full'), { code: 'ENOSPC' }), StorageFullError],
  ['anything else', new RangeError('odd'), Error],
])('%s is the same for a worker as for the owner', (_what, error, expected) => {
  const crossed = errorOf(structuredClone(crossing(error)));
  expect(crossed.constructor).toBe(expected);
  expect(crossed.message).toBe(error.message);
});
