import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { LINE_TOO_LONG } from '../protocol/line-decoder.js';
import { replies } from '../reply.js';
import { readCommandLine, readLaxCommandLine } from './command-line.js';

const LIMIT = 512;

/** As lines come: one character an octet. */
function octetsOf(line: string | Uint8Array): string {
  return Buffer.from(line as string).toString('latin1');
}

describe('readCommandLine', () => {
  test.each<[line: string, verb: string, args: string]>([
    ['NOOP', 'NOOP', ''],
    ['noop', 'NOOP', ''],
    ['NoOp Text', 'NOOP', 'Text'],
    ['NOOP  two  blanks ', 'NOOP', ' two  blanks'],
    ['NOOP\t', 'NOOP', ''],
    ['NOOP \t ', 'NOOP', ''],
    ['MAIL FROM:<a@b>', 'MAIL', 'FROM:<a@b>'],
    ['NOOP\ttab', 'NOOP\tTAB', ''],
    ['', '', ''],
    ['   ', '', ''],
    [' AUTH PLAIN AGEAYg==', '', ''],
    ['NOOP müller', 'NOOP', 'müller'],
    // Capitals of these letters are ASCII; the letters are not.
    ['qu\u0131t', 'qu\u0131t', ''],
    ['\u017ftarttl\u017f', '\u017ftarttl\u017f', ''],
    ['ma\ufb01', 'ma\ufb01', ''],
    ['mA\u0149L', 'mA\u0149L', ''],
    ['rcptx TO', 'RCPTX', 'TO'],
    ['rcp', 'RCP', ''],
    ['rcp t', 'RCP', 't'],
    ['data ', 'DATA', ''],
  ])('%j', (line, verb, args) => {
    expect(readCommandLine(octetsOf(line), LIMIT)).toEqual({ verb, args, problem: undefined });
    // What the line decoder calls plain is not looked at again, and read alike.
    if (/^[\t -~]*$/.test(line)) expect(readCommandLine(line, LIMIT, true)).toEqual({ verb, args, problem: undefined });
  });

  test.each<[what: string, line: string | Buffer, problem: keyof typeof replies]>([
    ['NUL', 'NOOP\0', 'controlCharacters'],
    ['a lone CR', 'NOOP\rQUIT', 'controlCharacters'],
    ['ESC', 'NOOP \u001b[31m', 'controlCharacters'],
    ['DEL', 'NOOP\u007f', 'controlCharacters'],
    ['a control and an octet that is no UTF-8', Buffer.from([0x41, 0x00, 0xff]), 'controlCharacters'],
    ['an octet that is no UTF-8', Buffer.from([0x41, 0xff]), 'invalidUtf8'],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 'invalidUtf8'],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), 'invalidUtf8'],
    ['half a character', Buffer.from([0xc3]), 'invalidUtf8'],
  ])('refuses %s, and shows nothing of it', (_what, line, problem) => {
    expect(readCommandLine(octetsOf(line), LIMIT)).toEqual({
      verb: '',
      args: '',
      problem: replies[problem],
    });
  });

  test('counts octets, CRLF included; only AUTH may be longer', () => {
    const line = (verb: string, octets: number): string => `${verb} ${'x'.repeat(octets - verb.length - 3)}`;
    expect(readCommandLine(line('NOOP', LIMIT), LIMIT).problem).toBeUndefined();
    expect(readCommandLine(line('NOOP', LIMIT + 1), LIMIT).problem).toBe(replies.lineTooLong);
    expect(readCommandLine(line('auth', 10 * LIMIT), LIMIT).problem).toBeUndefined();
    expect(readCommandLine(LINE_TOO_LONG, LIMIT)).toEqual({ verb: '', args: '', problem: replies.lineTooLong });
  });

  test('takes any octets in little time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        const { verb, args } = readCommandLine(octetsOf(octets), LIMIT);
        expect(verb).not.toContain(' ');
        // eslint-disable-next-line no-control-regex -- finding control characters is the purpose
        expect(verb + args).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/);
      }),
    );
    const start = performance.now();
    for (const piece of [' ', '\t', 'a ', 'AUTH ', 'ä']) readCommandLine(octetsOf(piece.repeat(12_288)), LIMIT);
    expect(performance.now() - start).toBeLessThan(250);
  });
});

describe('readLaxCommandLine', () => {
  test.each<[line: string | Buffer, verb: string, args: string]>([
    ['noop', 'NOOP', ''],
    ['NOOP ', 'NOOP', ''],
    ['EHLO  a.test  ', 'EHLO', ' a.test'],
    ['EHLO a\u0001b', 'EHLO', 'a\u0001b'],
    [Buffer.from('EHLO \xe4.test', 'latin1'), 'EHLO', '\ufffd.test'],
    ['EHLO ä.test', 'EHLO', 'ä.test'],
    // What stands at the verb belongs to it.
    ['NOOP\t', 'NOOP\t', ''],
    ['NOOP\r', 'NOOP\r', ''],
    ['NO\0OP', 'NO\0OP', ''],
    [' NOOP', '', ''],
    ['qu\u0131t', 'qu\u0131t', ''],
    ['', '', ''],
  ])('%j', (line, verb, args) => {
    expect(readLaxCommandLine(octetsOf(line), LIMIT)).toEqual({ verb, args, problem: undefined });
  });

  test('counts octets, CRLF included', () => {
    expect(readLaxCommandLine('x'.repeat(LIMIT - 2), LIMIT).problem).toBeUndefined();
    expect(readLaxCommandLine(`AUTH ${'x'.repeat(LIMIT)}`, LIMIT).problem).toBe(replies.lineTooLong);
    expect(readLaxCommandLine(LINE_TOO_LONG, LIMIT).problem).toBe(replies.lineTooLong);
  });
});
