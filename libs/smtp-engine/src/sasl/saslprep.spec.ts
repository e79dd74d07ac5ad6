import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { saslprep } from './saslprep.js';

describe('saslprep', () => {
  test.each([
    // RFC 4013 §3: the examples.
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    // §2.1: blanks and what is read over
    ['a\u00a0b\u3000c', 'a b c'],
    ['a\u200bb', 'a b'],
    ['\ufeffa\ufe0fb\u200d', 'ab'],
    // §2.2: NFKC
    ['cafe\u0301', 'café'],
    ['ﬁ', 'fi'],
    // §2.4: one direction
    ['\u0627\u0628', '\u0627\u0628'],
    ['\u0627 1 \u0628', '\u0627 1 \u0628'],
    ['שלום', 'שלום'],
    // not of Unicode 3.2, and in many a password
    ['pass 🐎', 'pass 🐎'],
  ])('%j becomes %j', (text, prepared) => expect(saslprep(text)).toBe(prepared));

  test.each([
    ['nothing', ''],
    ['nothing that stays', '\u00ad\u200d'],
    ['a control character (RFC 4013 §3)', '\u0007'],
    ['NUL', 'a\0b'],
    ['DEL', 'a\u007f'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['an invisible operator', 'a\u2062b'],
    ['a musical control', 'a\u{1d173}'],
    ['private use', 'a\ue000'],
    ['a non-character', 'a\ufdd0'],
    ['half a surrogate pair', 'a\ud800'],
    ['a replacement character', 'a\ufffd'],
    ['an ideographic description', '\u2ff0'],
    ['a right-to-left mark', 'a\u200f'],
    ['an override', 'a\u202eb'],
    ['a tag', 'a\u{e0041}'],
    ['right-to-left with a digit at its end (RFC 4013 §3)', '\u06271'],
    ['right-to-left behind a digit', '1\u0627'],
    ['both directions', '\u0627a\u0628'],
  ])('refuses %s', (_what, text) => expect(saslprep(text)).toBeUndefined());

  test('prepares what is prepared to the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const prepared = saslprep(text);
        fc.pre(prepared !== undefined);
        expect(saslprep(prepared)).toBe(prepared);
      }),
    );
  });
});
