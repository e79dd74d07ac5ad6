import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeXtext } from './xtext.js';

/** RFC 3461 §4, the other way. */
function encodeXtext(text: string): string {
  return [...Buffer.from(text)]
    .map((octet) =>
      octet < 0x21 || octet > 0x7e || octet === 0x2b || octet === 0x3d
        ? `+${octet.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(octet),
    )
    .join('');
}

describe('decodeXtext', () => {
  test.each([
    ['', ''],
    ['a@b', 'a@b'],
    ['e+3Dmc2@example.com', 'e=mc2@example.com'],
    ['+2B+2B', '++'],
    ['a+20b', 'a b'],
    ['+0D+0A', '\r\n'],
    ['+00', '\0'],
    ['m+C3+BCller', 'müller'],
    ['+F0+9F+98+80', '😀'],
  ])('%s', (text, decoded) => expect(decodeXtext(text)).toBe(decoded));

  test.each([
    ['a lone plus', 'a+'],
    ['one digit', 'a+4'],
    ['small digits', 'a+3d'],
    ['a digit that is none', 'a+3G'],
    ['an equals sign', 'a=b'],
    ['a blank', 'a b'],
    ['a control', 'a\u0001'],
    ['non-ASCII', 'ü'],
    ['a lone continuation octet', '+BC'],
    ['an overlong form', '+C0+80'],
    ['a surrogate', '+ED+A0+80'],
    ['half a character', 'a+C3'],
  ])('refuses %s', (_what, text) => expect(decodeXtext(text)).toBeUndefined());

  test('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeXtext(encodeXtext(text))).toBe(text);
      }),
    );
  });

  test.each(['+', '+3D', '+F', 'a', '+C3'])('takes little time for a line of %j', (piece) => {
    const start = performance.now();
    decodeXtext(piece.repeat(12_288));
    expect(performance.now() - start).toBeLessThan(250);
  });
});
