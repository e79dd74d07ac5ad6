import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cut, splits } from '../../../../test/support/splits.js';
import { BareDotDetector } from './bare-dot-detector.js';

function detect(pieces: readonly Buffer[]): boolean {
  const detector = new BareDotDetector();
  for (const piece of pieces) detector.look(piece);
  return detector.found;
}

/** A dot between line ends, but for CRLF.CRLF; a message begins as behind a CRLF. What ends with CR is not decided. */
const reference = (text: string): boolean =>
  [...`\r\n${text}`.matchAll(/(?<=(..))\.(?=([\r\n][^]?))/gs)].some(
    ([, before = '', after = '']) =>
      /[\r\n]$/.test(before) && after !== '\r' && !(before === '\r\n' && after === '\r\n'),
  );

describe('BareDotDetector', () => {
  test.each([
    ['a\r\n.\r\nb', false],
    ['.\r\nb', false],
    ['a\n.\nb', true],
    ['a\n.\r\nb', true],
    ['a\r\n.\nb', true],
    ['a\r.\rb', true],
    ['.\nb', true],
    ['a\r\n.\rb', true],
    ['a\n..\nb', false],
    ['a.\nb', false],
    ['a\n.b', false],
    ['', false],
  ])('says of %j, wherever it is cut: %s', (text, found) => {
    const octets = Buffer.from(text);
    expect(reference(text)).toBe(found);
    for (const pieces of splits(octets)) expect(detect(pieces)).toBe(found);
  });

  test('says what the reference says', () => {
    const text = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a'), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 6 }), (input, places) => {
        const octets = Buffer.from(input);
        expect(detect(cut(octets, ...places.map((place) => place % (octets.length + 1))))).toBe(reference(input));
      }),
      { numRuns: 4000 },
    );
  });
});
