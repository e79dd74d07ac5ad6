import { formatBytes, formatDate } from './format.js';

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [200 * 1024, '200 KiB'],
  [50 * 1024 * 1024, '50.0 MiB'],
  [3 * 1024 ** 4, '3072 GiB'],
])('%p bytes are %p', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test('a date is said in UTC', () => {
  expect(formatDate(new Date('2025-11-24T23:05:09+01:00'))).toEqual({ day: '24 Nov 2025', time: '22:05:09 UTC' });
});
