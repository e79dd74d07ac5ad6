import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splits } from '../../../../test/support/splits.js';
import { ChunkDecoder, parseChunkArgument } from './chunk-decoder.js';

test.each([
  ['0', 0, false, false],
  ['5', 5, false, false],
  ['5 LAST', 5, true, false],
  ['0 LAST', 0, true, false],
  ['5 last', 5, true, false],
  ['5   Last', 5, true, false],
  ['007 LAST', 7, true, false],
  ['999999999999999', 999_999_999_999_999, false, false],
  ['5 FIRST', 5, false, true],
  ['5 LAST LAST', 5, false, true],
  ['5 L', 5, false, true],
])('reads %j', (text, size, isLast, isMalformed) => {
  expect(parseChunkArgument(text)).toEqual({ size, isLast, isMalformed });
});

test.each(['', 'LAST', 'x', '-1', '+1', '1.5', '0x10', '1e3', '5LAST', '5,LAST', ' 5', '٥', '1'.repeat(16)])(
  'cannot tell a size from %j',
  (text) => expect(parseChunkArgument(text)).toBeUndefined(),
);

describe('a chunk', () => {
  const take = (size: number, chunks: readonly Buffer[]): { taken: string; rest: string; isComplete: boolean } => {
    const decoder = new ChunkDecoder(size);
    const taken: Buffer[] = [];
    const rest: Buffer[] = [];
    for (const chunk of chunks) {
      if (decoder.isComplete) {
        rest.push(chunk);
        continue;
      }
      const end = decoder.decode(chunk, (piece) => taken.push(piece));
      if (end >= 0) rest.push(chunk.subarray(end));
    }
    const text = (pieces: Buffer[]): string => Buffer.concat(pieces).toString('latin1');
    return { taken: text(taken), rest: text(rest), isComplete: decoder.isComplete };
  };

  test.each([
    [3, 'abc', 'abc', '', true],
    [3, 'abcd', 'abc', 'd', true],
    [3, 'ab', 'ab', '', false],
    [0, 'ab', '', 'ab', true],
    [9, '.\r\n.\r\n\0\xff\n', '.\r\n.\r\n\0\xff\n', '', true],
    [5, '\r\n.\r\nBDAT 1\r\n', '\r\n.\r\n', 'BDAT 1\r\n', true],
  ])('of %i octets takes them from %j, however they come', (size, input, taken, rest, isComplete) => {
    for (const chunks of splits(Buffer.from(input, 'latin1'))) {
      expect(take(size, chunks)).toEqual({ taken, rest, isComplete });
    }
  });

  test('of no octets is complete, and takes nothing', () => {
    const decoder = new ChunkDecoder(0);
    expect(decoder.isComplete).toBe(true);
    expect(decoder.decode(Buffer.from('x'), () => expect(true).toBe(false))).toBe(0);
  });

  test('gives the same for every split of every input', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }), fc.nat(120), (parts, size) => {
        const chunks = parts.map((part) => Buffer.from(part));
        expect(take(size, chunks)).toEqual(take(size, [Buffer.concat(chunks)]));
      }),
    );
  });
});
