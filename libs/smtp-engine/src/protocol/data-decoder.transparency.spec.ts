import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cut, splits } from '../../../../test/support/splits.js';
import { DataDecoder, type Transparency } from './data-decoder.js';

function decode(transparency: Transparency, chunks: readonly Buffer[]): { text: string; end: number } {
  const decoder = new DataDecoder(transparency);
  let text = '';
  let before = 0;
  for (const chunk of chunks) {
    const end = decoder.decode(chunk, (piece) => (text += piece.toString('latin1')));
    if (end >= 0) return { text, end: before + end };
    before += chunk.length;
  }
  return { text, end: -1 };
}

/** The rule of the option's doc comment, on the whole text. */
function reference(transparency: Transparency, input: string): { text: string; end: number } {
  const text = `\r\n${input}`;
  const end = text.indexOf('\r\n.\r\n');
  const rules = { standard: /(?<=\r\n)\./g, 'after-lf': /(?<=\r\n)\.|(?<=\n)\.(?=\.)/g, double: /(?<=\n)\.(?=\.)/g };
  return {
    text: text
      .slice(0, end + 2)
      .replace(rules[transparency], '')
      .slice(2),
    end: end + 3,
  };
}

const MODES: readonly Transparency[] = ['standard', 'after-lf', 'double'];
const dense = '..\r\n'.repeat(60);

describe.each<[input: string, standard: string, afterLf: string, double: string]>([
  ['..a\r\n.\r\n', '.a\r\n', '.a\r\n', '.a\r\n'],
  ['.a\r\n.\r\n', 'a\r\n', 'a\r\n', '.a\r\n'],
  ['a\r\n.\nb\r\n.\r\n', 'a\r\n\nb\r\n', 'a\r\n\nb\r\n', 'a\r\n.\nb\r\n'],
  ['a\r\n.\r\rb\r\n.\r\n', 'a\r\n\r\rb\r\n', 'a\r\n\r\rb\r\n', 'a\r\n.\r\rb\r\n'],
  ['a\n..b\r\n.\r\n', 'a\n..b\r\n', 'a\n.b\r\n', 'a\n.b\r\n'],
  ['a\n...\n.\r\n.\n..\r\n.\r\n', 'a\n...\n.\r\n\n..\r\n', 'a\n..\n.\r\n\n.\r\n', 'a\n..\n.\r\n.\n.\r\n'],
  ['a\n.b\r\n.\r\n', 'a\n.b\r\n', 'a\n.b\r\n', 'a\n.b\r\n'],
  ['a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n', 'a\n.\r\nb\r\n', 'a\n.\r\nb\r\n'],
  ['a\r..b\r\n.\r\n', 'a\r..b\r\n', 'a\r..b\r\n', 'a\r..b\r\n'],
])('%j', (input, ...texts) => {
  test.each(MODES.map((mode, at) => [mode, texts[at]!] as const))('%s, at every split', (mode, text) => {
    const octets = Buffer.from(input);
    const behind = Buffer.from(dense + input); // dots are dense: the rest is copied
    for (const chunks of splits(octets)) expect(decode(mode, chunks)).toEqual({ text, end: octets.length });
    for (const chunks of splits(behind)) {
      expect(decode(mode, chunks)).toEqual({ text: '.\r\n'.repeat(60) + text, end: behind.length });
    }
  });
});

test.each(MODES)('%s: any message, cut anywhere, is decoded by its rule and ends in the same place', (mode) => {
  const message = fc.array(fc.constantFrom('.', '\r', '\n', '\r\n', 'x'), { maxLength: 40 });
  const places = fc.array(fc.nat(60), { maxLength: 20 });
  fc.assert(
    fc.property(message, places, (body, offsets) => {
      const input = `${body.join('')}\r\n.\r\n`;
      const expected = reference(mode, input);
      const chunks = cut(Buffer.from(input), ...offsets.filter((offset) => offset < input.length));
      expect(decode(mode, chunks)).toEqual(expected);
      expect(expected.end).toBe(reference('standard', input).end);
    }),
    { numRuns: 500 },
  );
});
