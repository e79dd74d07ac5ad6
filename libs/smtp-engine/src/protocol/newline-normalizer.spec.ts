import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cut, splits } from '../../../../test/support/splits.js';
import { NewlineNormalizer } from './newline-normalizer.js';

function normalize(pieces: readonly Buffer[]): string {
  const normalizer = new NewlineNormalizer();
  const out: Buffer[] = [];
  for (const piece of pieces) normalizer.push(piece, (part) => out.push(part));
  normalizer.end((part) => out.push(part));
  return Buffer.concat(out).toString('latin1');
}

const reference = (text: string): string => text.replace(/\r\n|\r|\n/g, '\r\n');

describe('NewlineNormalizer', () => {
  test.each([
    ['', ''],
    ['text', 'text'],
    ['a\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\nb', 'a\r\nb'],
    ['a\rb', 'a\r\nb'],
    ['a\n\nb\r\r', 'a\r\n\r\nb\r\n\r\n'],
    ['\r\r\n\n', '\r\n\r\n\r\n'],
    ['a\n.\nb', 'a\r\n.\r\nb'],
    ['\xff\0\n', '\xff\0\r\n'],
    ['a\r', 'a\r\n'],
  ])('makes of %j, wherever it is cut, %j', (input, output) => {
    for (const pieces of splits(Buffer.from(input, 'latin1'))) expect(normalize(pieces)).toBe(output);
  });

  test('does what a replacement on the whole text does', () => {
    const text = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', 'a', '.'), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 6 }), (input, places) => {
        const octets = Buffer.from(input);
        const pieces = cut(octets, ...places.map((place) => place % (octets.length + 1)));
        expect(normalize(pieces)).toBe(reference(input));
      }),
      { numRuns: 3000 },
    );
  });

  test('hands on a line without its end as a view', () => {
    const piece = Buffer.from('no line end here');
    const out: Buffer[] = [];
    new NewlineNormalizer().push(piece, (part) => out.push(part));
    expect(out[0]).toBe(piece);
  });
});
