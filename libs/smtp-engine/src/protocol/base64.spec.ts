import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeBase64 } from './base64.js';

describe('decodeBase64', () => {
  test.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['AGEAYg==', '\0a\0b'],
    ['+/+/', '\u00fb\u00ff\u00bf'],
  ])('%j', (text, decoded) => expect(decodeBase64(text)?.toString('latin1')).toBe(decoded));

  test.each([
    ['missing padding', 'Zg'],
    ['half of the padding', 'Zg='],
    ['padding alone', '='],
    ['four of it', '===='],
    ['too much padding', 'Zm9v='],
    ['padding within', 'Zg==Zg=='],
    ['one character', 'Z'],
    ['five characters', 'Zm9vZ'],
    ['a blank', 'Zm9v '],
    ['a blank within', 'Zm 9'],
    ['a line end', 'Zm9v\n'],
    ['a line end within', 'Zm\r\n9v'],
    ['NUL', 'Zm9\0'],
    ['the alphabet of URLs', '-_-_'],
    ['non-ASCII', 'Zm9ü'],
    ['an asterisk', '*'],
  ])('refuses %s', (_what, text) => expect(decodeBase64(text)).toBeUndefined());

  test('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        const buffer = Buffer.from(octets);
        expect(decodeBase64(buffer.toString('base64'))).toEqual(buffer);
      }),
    );
  });

  test('takes little time for a long line', () => {
    const start = performance.now();
    expect(decodeBase64('A'.repeat(2 ** 20))).toHaveLength((2 ** 20 * 3) / 4);
    expect(decodeBase64(`${'A'.repeat(2 ** 20)}*`)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(500);
  });
});
