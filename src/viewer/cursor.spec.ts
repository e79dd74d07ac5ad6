import { Cursors } from './cursor.js';

const cursors = new Cursors({ value: 'secret' });

test.each(['m1', '0192f1c4-7b5a-7000-8000-000000000000', 'ä"/ \0', 'x'.repeat(500)])('%p comes back', (id) => {
  const cursor = cursors.encode(id);
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(cursors.decode(cursor)).toBe(id);
});

test.each(['', 'AAAA', 'not base64url!', 'AAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAbTE'])('%p is no cursor', (text) => {
  expect(cursors.decode(text)).toBeUndefined();
});

test('a cursor of another installation is none of ours', () => {
  expect(cursors.decode(new Cursors({ value: 'other' }).encode('m1'))).toBeUndefined();
});
