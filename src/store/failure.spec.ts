import { StoreStoppedError, errorOf, failureOf, storageErrorOf } from './failure.js';
import { StorageFullError } from './message-store.js';

const system = (code: string): Error => Object.assign(new Error(code), { code });
const sqlite = (errcode: number): Error => Object.assign(new Error('sqlite'), { code: 'ERR_SQLITE_ERROR', errcode });

describe('failureOf', () => {
  test.each([
    ['ENOSPC', system('ENOSPC'), true, 'no-room'],
    ['EDQUOT', system('EDQUOT'), true, 'no-room'],
    ['EIO', system('EIO'), true, 'fatal'],
    ['EMFILE', system('EMFILE'), true, 'other'],
    ['SQLITE_FULL', sqlite(13), true, 'no-room'],
    ['SQLITE_IOERR_FSYNC', sqlite(1034), true, 'fatal'],
    ['SQLITE_IOERR_FSYNC on a full disk', sqlite(1034), false, 'fatal'],
    ['SQLITE_IOERR_DIR_FSYNC on a full disk', sqlite(1290), false, 'fatal'],
    ['SQLITE_IOERR_WRITE', sqlite(778), true, 'fatal'],
    ['SQLITE_IOERR_WRITE, over quota', sqlite(778), false, 'no-room'],
    ['SQLITE_IOERR_SHMSIZE on a full disk', sqlite(4874), false, 'no-room'],
    ['SQLITE_CORRUPT', sqlite(11), true, 'fatal'],
    ['SQLITE_CONSTRAINT_UNIQUE', sqlite(2067), true, 'other'],
    ['what is no error', 'text', true, 'other'],
  ])('%s', (_what, error, hasRoom, kind) => {
    expect(failureOf(error, () => hasRoom).kind).toBe(kind);
  });

  test('becomes an error that tells what to do', () => {
    expect(errorOf({ kind: 'no-room', message: 'm' })).toBeInstanceOf(StorageFullError);
    expect(errorOf({ kind: 'fatal', message: 'm' })).toBeInstanceOf(StoreStoppedError);
    expect(errorOf({ kind: 'other', message: 'm' })).toEqual(new Error('m'));
    const ordinary = system('EMFILE');
    expect(storageErrorOf(ordinary)).toBe(ordinary);
  });
});
