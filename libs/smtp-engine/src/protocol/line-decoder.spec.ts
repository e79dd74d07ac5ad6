import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cut, splits } from '../../../../test/support/splits.js';
import { LINE_FLOOD, LINE_TOO_LONG, LineDecoder } from './line-decoder.js';

const LIMIT = 12;
const TOO_LONG = '(too long)';
const FLOOD = '(flood)';

/** Takes lines as the conversation does: as many as there are, after each chunk; a flood is the end. */
function takeLines(chunks: readonly Buffer[], decoder = new LineDecoder(), limit = LIMIT): string[] {
  const lines: string[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let line = decoder.next(limit); line !== undefined; line = decoder.next(limit)) {
      if (line === LINE_TOO_LONG) lines.push(TOO_LONG);
      else if (line === LINE_FLOOD) return [...lines, FLOOD];
      else lines.push(line);
    }
  }
  return lines;
}

/** The complete lines of a text, as far as a flood. */
function reference(octets: Buffer, limit = LIMIT): string[] {
  const lines: string[] = [];
  for (const line of octets.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (line.length > 16 * limit) return [...lines, FLOOD];
    if (line.endsWith('\n')) lines.push(line.length > limit ? TOO_LONG : line.replace(/\r?\n$/, ''));
  }
  return lines;
}

describe('LineDecoder', () => {
  test.each<[what: string, input: string, lines: string[]]>([
    ['nothing', '', []],
    ['an unfinished line', 'NOOP', []],
    ['an unfinished line end', 'NOOP\r', []],
    ['a line', 'NOOP\r\n', ['NOOP']],
    ['a line that a lone LF ends', 'NOOP\n', ['NOOP']],
    ['an empty line', '\r\n', ['']],
    ['an empty line that a lone LF ends', '\n', ['']],
    ['a lone CR', 'a\rb\r\n', ['a\rb']],
    ['two CRs', 'a\r\r\n', ['a\r']],
    ['a CR first', '\r\r\n', ['\r']],
    ['LF CR', 'a\n\rb\r\n', ['a', '\rb']],
    ['NUL and 8-bit octets', '\0\xff\x8a\x8d\r\n', ['\0\xff\x8a\x8d']],
    ['two lines', 'A\r\nB\r\n', ['A', 'B']],
    ['two lines and a half', 'A\r\nB\r\nC', ['A', 'B']],
    ['exactly the limit', '0123456789\r\n', ['0123456789']],
    ['exactly the limit with a lone LF', '01234567890\n', ['01234567890']],
    ['one octet too many', '01234567890\r\n', [TOO_LONG]],
    ['one octet too many with a lone LF', '012345678901\n', [TOO_LONG]],
    ['a line behind one that was too long', '0123456789012345\r\nA\r\n', [TOO_LONG, 'A']],
    ['two that are too long', '0123456789012\r\n0123456789012\r\n', [TOO_LONG, TOO_LONG]],
    ['the longest that is no flood', `${'x'.repeat(191)}\nA\r\n`, [TOO_LONG, 'A']],
    ['a flood that ends', `A\r\n${'x'.repeat(192)}\nA\r\n`, ['A', FLOOD]],
    ['a flood without an end', 'x'.repeat(193), [FLOOD]],
    ['one that is far too long', `${'x'.repeat(60)}\r\nA\r\n`, [TOO_LONG, 'A']],
  ])('%s', (_what, input, lines) => {
    const octets = Buffer.from(input, 'latin1');
    expect(reference(octets)).toEqual(lines);
    for (const chunks of splits(octets)) expect(takeLines(chunks)).toEqual(lines);
  });

  test('gives the lines of a text, however it is cut', () => {
    const part = fc.constantFrom('\r', '\n', '\r\n', 'a', 'bc', '0123456789', '\0', '\xff', 'x'.repeat(90));
    const input = fc.array(part, { maxLength: 30 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
    const cutInput = input.chain((octets) => fc.tuple(fc.constant(octets), fc.array(fc.nat(octets.length))));
    fc.assert(
      fc.property(cutInput, ([octets, places]) => {
        expect(takeLines(cut(octets, ...places))).toEqual(reference(octets));
      }),
      { numRuns: 3000 },
    );
  });

  test.each<[what: string, lines: string[], isPlain: boolean]>([
    ['printable ASCII, blanks and tabs', ['MAIL FROM:<a@b.test>', 'NOOP\t~ !'], true],
    ['a control', ['NOOP', 'NO\0OP'], false],
    ['a CR that ends no line', ['NOOP', 'NO\rOP'], false],
    ['an octet beyond ASCII', ['NOOP', 'NO\xe4OP'], false],
    ['DEL', ['NO\x7fOP', 'NOOP'], false],
  ])('tells whether lines need a look: %s', (_what, lines, isPlain) => {
    const decoder = new LineDecoder();
    decoder.push(Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1'));
    for (const line of lines) {
      expect(decoder.next(100)).toBe(line);
      expect(decoder.isPlain).toBe(isPlain);
    }
    decoder.push(Buffer.from('NOOP\r\n'));
    expect(decoder.next(100)).toBe('NOOP');
    expect(decoder.isPlain).toBe(true);
  });

  test('cuts lines that are longer than what is made text at a time, and what stands around them', () => {
    const lines = ['NOOP', 'x'.repeat(4095), 'A', 'y'.repeat(9000), '', 'B', 'z'.repeat(4096), 'C\xff'];
    const decoder = new LineDecoder();
    for (const end of ['\r\n', '\n']) {
      const octets = Buffer.from(lines.map((line) => line + end).join(''), 'latin1');
      expect(takeLines([octets], decoder, 12_288)).toEqual(lines);
      expect(takeLines(cut(octets, 3, 4100, 4101, 12_000), decoder, 12_288)).toEqual(lines);
    }
  });

  test('counts what waits', () => {
    const decoder = new LineDecoder();
    expect(decoder.pending).toBe(0);
    decoder.push(Buffer.from('A\r\nBC'));
    expect(decoder.pending).toBe(5);
    decoder.next(LIMIT);
    expect(decoder.pending).toBe(2);
    decoder.push(Buffer.from('D'));
    expect(decoder.pending).toBe(3);
  });

  test('hands over everything that waits, and begins anew', () => {
    const decoder = new LineDecoder();
    expect(decoder.takeAll()).toBeUndefined();
    decoder.push(Buffer.from('DATA\r\nfirst\r\nsec'));
    decoder.next(LIMIT);
    expect(decoder.takeAll()?.toString()).toBe('first\r\nsec');
    expect(decoder.takeAll()).toBeUndefined();
    expect(takeLines([Buffer.from('NOOP\r\n')], decoder)).toEqual(['NOOP']);
  });

  test('forgets everything that waits, an over-long line too', () => {
    const decoder = new LineDecoder();
    takeLines([Buffer.from('x'.repeat(LIMIT + 1))], decoder);
    decoder.clear();
    expect(takeLines([Buffer.from('NOOP\r\n')], decoder)).toEqual(['NOOP']);
  });

  test('the limit may change from line to line', () => {
    const decoder = new LineDecoder();
    decoder.push(Buffer.from(`${'x'.repeat(20)}\r\nNOOP\r\n`));
    expect(decoder.next(100)).toBe('x'.repeat(20));
    expect(decoder.next(LIMIT)).toBe('NOOP');
  });

  test('a line without end is a flood when sixteen times the limit has gone by; nothing of it is kept', () => {
    const decoder = new LineDecoder();
    const chunk = Buffer.from('x'.repeat(LIMIT + 1));
    for (let sent = chunk.length; sent <= 16 * LIMIT; sent += chunk.length) {
      expect(takeLines([chunk], decoder)).toEqual([]);
      expect(decoder.pending).toBe(0);
    }
    expect(takeLines([chunk], decoder)).toEqual([FLOOD]);
  });

  test('keeps no more than the limit of a line that trickles in', () => {
    const decoder = new LineDecoder();
    for (let i = 0; i < 15 * LIMIT; i++) {
      expect(takeLines([Buffer.from('x')], decoder)).toEqual([]);
      expect(decoder.pending).toBeLessThanOrEqual(LIMIT);
    }
    expect(takeLines([Buffer.from('\r\nNOOP\r\n')], decoder)).toEqual([TOO_LONG, 'NOOP']);
  });

  test('searches a line that trickles in once, not anew with each octet', () => {
    const octets = Buffer.from('x'.repeat(12_000));
    const decoder = new LineDecoder();
    const start = performance.now();
    takeLines(
      [...octets].map((octet) => Buffer.of(octet)),
      decoder,
      12_288,
    );
    expect(decoder.pending).toBe(12_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test('tells the first two octets of a line', () => {
  const decoder = new LineDecoder();
  expect(decoder.beginsWith(0x16, 0x03)).toBe(false);
  decoder.push(Buffer.from('NOOP\r\n\x16'));
  expect(decoder.beginsWith(0x4e, 0x4f)).toBe(true);
  expect(decoder.beginsWith(0x4e, 0x03)).toBe(false);
  expect(decoder.next(100)).toBe('NOOP');
  expect(decoder.beginsWith(0x16, 0x03)).toBe(false);
  decoder.push(Buffer.of(0x03));
  expect(decoder.beginsWith(0x16, 0x03)).toBe(true);

  decoder.push(Buffer.alloc(100));
  expect(decoder.next(100)).toBeUndefined();
  decoder.push(Buffer.of(0x16, 0x03)); // in the middle of a line that is too long
  expect(decoder.beginsWith(0x16, 0x03)).toBe(false);
});

describe('lines that match, many at once', () => {
  const AS = /(?:a+\r\n)+/y;

  test('all of them come so, however many there are: none is left over where the text was cut', () => {
    const decoder = new LineDecoder();
    const sent = 'aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(1000);
    decoder.push(Buffer.from(sent));
    let taken = '';
    for (let lines = decoder.peekMatching(AS); lines !== undefined; lines = decoder.peekMatching(AS)) {
      taken += lines;
      decoder.skip(lines.length);
    }
    expect(taken).toBe(sent);
    expect(decoder.pending).toBe(0);
  });

  test.each([
    ['another line first', 'b\r\na\r\n', undefined],
    ['another line behind', 'a\r\naa\r\nb\r\n', 'a\r\naa\r\n'],
    ['an unfinished line behind', 'a\r\naa', 'a\r\n'],
    ['an unfinished line', 'aaa', undefined],
    ['a lone LF', 'a\n', undefined],
    ['an octet that has to be looked at', 'a\r\n\x01\r\n', undefined],
  ])('%s', (_, sent, expected) => {
    const decoder = new LineDecoder();
    decoder.push(Buffer.from(sent));
    expect(decoder.peekMatching(AS)).toBe(expected);
    expect(decoder.pending).toBe(sent.length);
  });
});
