import { describe, expect, test } from '@jest/globals';
import { formatIpAddress, parseIpAddress, parsePort } from './ip-address.js';

describe('parseIpAddress', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:0:1', '0.0.0.1'],
  ])('%s is %s', (text, canonical) => expect(parseIpAddress(text)).toBe(canonical));

  test.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.-4',
    '1..2.3',
    ':',
    ':::',
    '1::2::3',
    '2001:db8::g',
    '12345::',
    'fe80::1%eth0',
    '[::1]',
    '::1]:80/[::1',
    '::1.2.3.256',
    `${'0'.repeat(60)}::1`,
  ])('%j is none', (text) => expect(parseIpAddress(text)).toBeUndefined());
});

test.each([
  ['c0000201', '192.0.2.1'],
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['00000000000000000000ffffc0000201', '192.0.2.1'],
  ['00'.repeat(16), '::'],
])('the octets %s are %s', (hex, text) => expect(formatIpAddress(Buffer.from(hex, 'hex'))).toBe(text));

test.each([
  ['0', 0],
  ['25', 25],
  ['65535', 65_535],
  ['65536', undefined],
  ['', undefined],
  ['-1', undefined],
  ['2 5', undefined],
  ['123456', undefined],
])('the port %j is %p', (text, port) => expect(parsePort(text)).toBe(port));
