import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cut, splits } from '../../../../test/support/splits.js';
import { DataDecoder } from './data-decoder.js';

interface Decoded {
  /** The decoded octets as latin1 text. */
  readonly text: string;
  /** Octets read, the end of mail data included; -1 when the end has not come. */
  readonly end: number;
}

/** Decodes as the reception does: stops at the end of mail data. */
function decode(chunks: readonly Buffer[], decoder = new DataDecoder(), dots: 'few' | 'many' = 'few'): Decoded {
  const pieces: Buffer[] = [];
  let before = 0;
  for (const chunk of chunks) {
    const end = decoder.decode(chunk, (piece) => {
      expect(piece.length).toBeGreaterThan(0);
      const isView = piece.buffer === chunk.buffer;
      // The one octet that lies in an earlier chunk: a CR that was held back.
      if (!isView && dots === 'few') expect(piece.toString('latin1')).toBe('\r');
      pieces.push(piece);
    });
    if (end >= 0) return { text: Buffer.concat(pieces).toString('latin1'), end: before + end };
    before += chunk.length;
  }
  return { text: Buffer.concat(pieces).toString('latin1'), end: -1 };
}

/** RFC 5321 §4.1.1.4 and §4.5.2 word by word, on the whole text. */
function reference(octets: Buffer): Decoded {
  const text = `\r\n${octets.toString('latin1')}`; // the line end of the DATA command begins the first line
  const end = text.indexOf('\r\n.\r\n');
  const data = end < 0 ? text : text.slice(0, end + 2);
  const unstuffed = data.replace(/\r\n\./g, '\r\n').slice(2);
  if (end >= 0) return { text: unstuffed, end: end + 3 };
  // What may yet become the end is not known to be text.
  return { text: data.endsWith('\r\n.\r') ? unstuffed.slice(0, -1) : unstuffed, end: -1 };
}

function stuff(text: string): string {
  const lines = text.replace(/(^|\r\n)\./g, '$1..');
  return `${lines}${text === '' || text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`;
}

const NOT_THE_END = -1;

/** Enough for the decoder to copy what follows. */
const manyDots = Buffer.from('.'.repeat(100));
const manyStuffedLines = Buffer.from('..\r\n'.repeat(50));

function decodeDense(...chunks: readonly Buffer[]): Decoded {
  return decode(chunks, new DataDecoder(), 'many');
}

describe('DataDecoder', () => {
  describe.each<[what: string, input: string, text: string, end?: number]>([
    ['an empty message', '.\r\n', ''],
    ['one line', 'one\r\n.\r\n', 'one\r\n'],
    ['an empty line', '\r\n.\r\n', '\r\n'],
    ['a header and a body', 'a: b\r\n\r\ntext\r\n.\r\n', 'a: b\r\n\r\ntext\r\n'],
    ['a stuffed dot', '..\r\n.\r\n', '.\r\n'],
    ['a stuffed dot in a later line', 'a\r\n..b\r\n.\r\n', 'a\r\n.b\r\n'],
    ['two stuffed dots', '...\r\n.\r\n', '..\r\n'],
    ['lines of stuffed dots only', '..\r\n..\r\n..\r\n.\r\n', '.\r\n.\r\n.\r\n'],
    ['a dot that was not stuffed', '.x\r\n.\r\n', 'x\r\n'],
    ['a dot within a line', 'a.b\r\n.\r\n', 'a.b\r\n'],
    ['a dot at the end of a line', 'a.\r\n.\r\n', 'a.\r\n'],
    ['NUL', 'a\0b\r\n.\r\n', 'a\0b\r\n'],
    ['octets above 127', '\x80\xff\xfe\r\n.\r\n', '\x80\xff\xfe\r\n'],
    ['0x85 and 0xae, whose low bits are CR and dot', '\x8d\x8a\xae\x8d\x8a\r\n.\r\n', '\x8d\x8a\xae\x8d\x8a\r\n'],
    ['the marker twice', '.\r\n.\r\n', '', 3],
    // What has been used to smuggle a second message past a server that takes it for the end.
    ['LF.LF', 'a\n.\nb\r\n.\r\n', 'a\n.\nb\r\n'],
    ['LF.CRLF', 'a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n'],
    ['CRLF.LF', 'a\r\n.\nb\r\n.\r\n', 'a\r\n\nb\r\n'],
    ['CR.CR', 'a\r.\rb\r\n.\r\n', 'a\r.\rb\r\n'],
    ['CRLF.CR', 'a\r\n.\rb\r\n.\r\n', 'a\r\n\rb\r\n'],
    ['CRLF.CRCR', 'a\r\n.\r\rb\r\n.\r\n', 'a\r\n\r\rb\r\n'],
    ['CRLF.CRCRLF', 'a\r\n.\r\r\nb\r\n.\r\n', 'a\r\n\r\r\nb\r\n'],
    ['CR.CRLF', 'a\r.\r\nb\r\n.\r\n', 'a\r.\r\nb\r\n'],
    ['CR.LF', 'a\r.\nb\r\n.\r\n', 'a\r.\nb\r\n'],
    ['LFCR.CRLF', 'a\n\r.\r\nb\r\n.\r\n', 'a\n\r.\r\nb\r\n'],
    ['CRCRLF.CRLF', 'a\r\r\n.\r\n', 'a\r\r\n'],
    ['CRLF.NULCRLF', 'a\r\n.\0\r\nb\r\n.\r\n', 'a\r\n\0\r\nb\r\n'],
    ['CRLFNUL.CRLF', 'a\r\n\0.\r\nb\r\n.\r\n', 'a\r\n\0.\r\nb\r\n'],
    ['CRLF. CRLF', 'a\r\n. \r\nb\r\n.\r\n', 'a\r\n \r\nb\r\n'],
    ['LF first', '\n.\r\n.\r\n', '\n.\r\n'],
    ['CRLF.CR, then the end', 'a\r\n.\r\r\n.\r\n', 'a\r\n\r\r\n'],
    ['nothing', '', '', NOT_THE_END],
    ['a lone dot', '.', '', NOT_THE_END],
    ['a dot and CR', '.\r', '', NOT_THE_END],
    ['a dot and LF', '.\n', '\n', NOT_THE_END],
    ['an unfinished line', 'abc', 'abc', NOT_THE_END],
    ['an unfinished line end', 'abc\r', 'abc\r', NOT_THE_END],
    ['an unfinished last line', 'a\r\n.', 'a\r\n', NOT_THE_END],
    ['an unfinished end', 'a\r\n.\r', 'a\r\n', NOT_THE_END],
  ])('%s', (_what, input, text, end = input.length) => {
    const octets = Buffer.from(input, 'latin1');

    test('is what the reference says', () => {
      expect(reference(octets)).toEqual({ text, end });
    });

    test('decodes the same wherever it is cut', () => {
      for (const chunks of splits(octets)) expect(decode(chunks)).toEqual({ text, end });
    });

    test('decodes the same behind many dots', () => {
      for (const dots of [manyDots, manyStuffedLines]) {
        const expected = reference(Buffer.concat([dots, octets]));
        for (const [first = octets, ...rest] of splits(octets)) {
          expect(decodeDense(Buffer.concat([dots, first]), ...rest)).toEqual(expected);
        }
      }
    });

    test('leaves alone what comes behind the end', () => {
      if (end === NOT_THE_END) return;
      const tail = Buffer.from('MAIL FROM:<a@b>\r\n.\r\n');
      for (const chunks of splits(octets)) {
        const decoder = new DataDecoder();
        const behind = [...chunks, Buffer.concat([tail])];
        expect(decode(behind, decoder)).toEqual({ text, end });
      }
      expect(decode([Buffer.concat([octets, tail])])).toEqual({ text, end });
    });
  });

  test.each<[what: string, input: string, ambiguous: boolean]>([
    ['LF.LF', 'a\n.\nb', true],
    ['LF.CRLF', 'a\n.\r\nb', true],
    ['CRLF.LF', 'a\r\n.\nb', true],
    ['CR.CR', 'a\r.\rb', true],
    ['CR.LF', 'a\r.\nb', true],
    ['LF.CR', 'a\n.\rb', true],
    ['CRLF.CR', 'a\r\n.\rb', true],
    ['CRLF.CRCR', 'a\r\n.\r\rb', true],
    ['.LF first', '.\nb', true],
    ['LF..LF', 'a\n..\nb', false],
    ['CRLF..LF', 'a\r\n..\nb', false],
    ['a lone LF', 'a\nb.\nc', false],
    ['a lone CR', 'a\rb.\rc', false],
    ['LF.x', 'a\n.b\n', false],
    ['the end', 'a\r\n.\r\n', false],
    ['a stuffed dot', 'a\r\n..\r\nb', false],
  ])('tells whether a lone dot is ambiguous: %s', (_what, input, ambiguous) => {
    for (const chunks of splits(Buffer.from(`${input}x`, 'latin1'))) {
      const decoder = new DataDecoder();
      for (const chunk of chunks) if (decoder.decode(chunk, () => undefined) >= 0) break;
      expect(decoder.ambiguous).toBe(ambiguous);
    }
  });

  test('says so for every ambiguous dot, whatever comes and however it is cut', () => {
    const cutInput = hostile.chain((octets) => fc.tuple(fc.constant(octets), offsets(octets)));
    fc.assert(
      fc.property(cutInput, ([octets, places]) => {
        const { end } = reference(octets);
        const read = `\r\n${octets.toString('latin1')}`.slice(0, end < 0 ? undefined : end - 1);
        const decoder = new DataDecoder();
        for (const chunk of cut(octets, ...places)) if (decoder.decode(chunk, () => undefined) >= 0) break;
        // A dot and CR that come last may yet be the end.
        const settled = end < 0 ? read.replace(/\r\n\.\r$/, '\r\n') : read;
        expect(decoder.ambiguous).toBe(/[\r\n]\.[\r\n]/.test(settled));
      }),
      { numRuns: 3000 },
    );
  });

  test('is at the start of a line again behind the end', () => {
    const decoder = new DataDecoder();
    const rest = Buffer.from('\r\n.\r\n..b\r\n.\r\n');
    expect(decode([Buffer.from('a'), rest], decoder)).toEqual({ text: 'a\r\n', end: 6 });
    expect(decode([rest.subarray(5)], decoder)).toEqual({ text: '.b\r\n', end: 8 });
  });

  test('hands on a chunk without line starts as it is', () => {
    const chunk = Buffer.from('a.b.c.d');
    const pieces: Buffer[] = [];
    new DataDecoder().decode(chunk, (piece) => pieces.push(piece));
    expect(pieces).toHaveLength(1);
    expect(pieces[0]).toBe(chunk);
  });

  const octet = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.', '.\r\n', '\r\n.\r\n') },
    { weight: 2, arbitrary: fc.constantFrom('a', '\0', '\xff') },
  );
  const hostile = fc.array(octet, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
  const offsets = (octets: Buffer): fc.Arbitrary<number[]> => fc.array(fc.nat(octets.length), { maxLength: 8 });

  test('does what the reference does, whatever comes and however it is cut', () => {
    const cutInput = hostile.chain((octets) => fc.tuple(fc.constant(octets), offsets(octets)));
    fc.assert(
      fc.property(cutInput, ([octets, places]) => {
        expect(decode(cut(octets, ...places))).toEqual(reference(octets));
      }),
      { numRuns: 3000 },
    );
  });

  test('does so where dots are dense, and leaves the chunk as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(manyDots, manyStuffedLines), hostile, fc.nat(40), (dots, octets, place) => {
        const input = Buffer.concat([dots, octets]);
        const before = Buffer.from(input);
        const chunks = cut(input, Math.min(dots.length + place, input.length));
        expect(decodeDense(...chunks)).toEqual(reference(input));
        expect(input.equals(before)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('gives back what a client stuffed', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(200), { maxLength: 8 }), (octets, places) => {
        const text = octets.toString('latin1');
        const sent = Buffer.from(stuff(text), 'latin1');
        const received = text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
        expect(decodeDense(...cut(sent, ...places.map((place) => place % (sent.length + 1))))).toEqual({
          text: received,
          end: sent.length,
        });
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['dots', '.'],
    ['stuffed lines', '..\r\n'],
    ['lone CRs behind dots', '\r\n.\r'],
    ['lone LFs', '\n.'],
    ['base64', `${'QUJD'.repeat(19)}\r\n`],
  ])('takes little time for a megabyte of %s', (_what, piece) => {
    const chunk = Buffer.from(piece.repeat(2 ** 20 / piece.length));
    const start = performance.now();
    let octets = 0;
    new DataDecoder().decode(chunk, ({ length }) => (octets += length));
    expect(octets).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
