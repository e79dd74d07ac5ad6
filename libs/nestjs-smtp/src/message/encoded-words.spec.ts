import { decodeFieldValue } from './encoded-words.js';

test.each([
  ['plain', ' plain '],
  ['a b', ' a\r\n b'],
  ['grüße', 'grüße'],
  ['grüße', '=?ISO-8859-1?Q?gr=FC=DFe?='],
  ['a b', '=?us-ascii*en?q?a_b?='],
  ['日本', '=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?='],
  // One character in two words.
  ['€', '=?utf-8?B?4g==?= =?utf-8?B?gqw=?='],
  ['a b', '=?utf-8?q?a?= b'],
  ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
  ['a', '=?no-such?q?a?='],
  ['=?utf-8?q?', '=?utf-8?q?'],
  ['a b', '=?utf-8?q?a=00b?='],
])('%j', (text, value) => {
  expect(decodeFieldValue(Buffer.from(value))).toBe(text);
});

test('octets that are no UTF-8 are Latin 1', () => {
  expect(decodeFieldValue(Buffer.from('gr\xfc\xdfe', 'latin1'))).toBe('grüße');
});

test.each(['=?', '=?a?b?', '=?utf-8?q?a?=', '=?utf-8?q?a?= ', '?', ' ', '\r\n '])(
  '256 KiB of %j take no time',
  (piece) => {
    const value = Buffer.from(piece.repeat((256 * 1024) / piece.length));
    const started = performance.now();
    decodeFieldValue(value);
    expect(performance.now() - started).toBeLessThan(1000);
  },
);
