import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { replies, Reply, SmtpError } from './reply.js';

const LINE = /^[2-5]\d\d[ -][^\r\n]*\r\n$/;

function linesOf(wire: string): string[] {
  return wire.split(/(?<=\n)/);
}

describe('Reply', () => {
  test.each<[args: ConstructorParameters<typeof Reply>, wire: string]>([
    [[250, '2.1.0', 'Sender OK'], '250 2.1.0 Sender OK\r\n'],
    [[220, undefined, 'mx.example ESMTP'], '220 mx.example ESMTP\r\n'],
    [[250, '2.0.0', 'one', 'two', 'three'], '250-2.0.0 one\r\n250-2.0.0 two\r\n250 2.0.0 three\r\n'],
    [[250, undefined, 'mx.example', 'PIPELINING', 'SIZE'], '250-mx.example\r\n250-PIPELINING\r\n250 SIZE\r\n'],
    [[354, undefined], '354 \r\n'],
    [[250, '2.0.0'], '250 2.0.0 \r\n'],
    [[250, undefined, ''], '250 \r\n'],
    [[550, '5.1.1', 'kein Postfach „müller“'], '550 5.1.1 kein Postfach „müller“\r\n'],
    // A code in the text is meant as the reply's own, and never said twice.
    [[550, undefined, '5.7.1 not here'], '550 5.7.1 not here\r\n'],
    [[550, '5.1.1', '5.7.1 not here'], '550 5.7.1 not here\r\n'],
    [[550, '5.1.1', '5.1.1 not here'], '550 5.1.1 not here\r\n'],
    [[550, '5.1.1', '5.7.1'], '550 5.7.1 \r\n'],
    [[550, undefined, '5.7.1 not', '5.7.1 here'], '550-5.7.1 not\r\n550 5.7.1 here\r\n'],
    [[550, '5.7.1', 'not', '5.7.1 here'], '550-5.7.1 not\r\n550 5.7.1 here\r\n'],
    // What only looks like one is text.
    [[550, '5.1.1', '4.7.1 not here'], '550 5.1.1 4.7.1 not here\r\n'],
    [[550, '5.1.1', '5.7 not here'], '550 5.1.1 5.7 not here\r\n'],
    [[550, '5.1.1', '5.7.1not here'], '550 5.1.1 5.7.1not here\r\n'],
    [[250, '2.0.0', 'version 2.0.0 of it'], '250 2.0.0 version 2.0.0 of it\r\n'],
    // No text can split a reply.
    [[250, '2.0.0', 'a\r\n250 b'], '250 2.0.0 a 250 b\r\n'],
    [[250, '2.0.0', 'a\nb\rc\0d\te'], '250 2.0.0 a b c d e\r\n'],
    [[250, '2.0.0', 'a\u0085b\u2028c\u2029d\u001b[31m'], '250 2.0.0 a b c d [31m\r\n'],
    [[250, '2.0.0', '\r\n'], '250 2.0.0 \r\n'],
    [[250, '2.0.0', 'a', '\r\n.\r\n', 'b'], '250-2.0.0 a\r\n250-2.0.0  .\r\n250 2.0.0 b\r\n'],
    [[550, undefined, '5.7.1\r\n250 OK'], '550 5.7.1 250 OK\r\n'],
  ])('%j', (args, wire) => {
    const reply = new Reply(...args);
    expect(reply.toWire()).toBe(wire);
    expect(reply.toString()).toBe(wire.trimEnd());
    for (const line of linesOf(wire)) expect(line).toMatch(LINE);
  });

  test('leaves enhanced codes out where they are switched off', () => {
    expect(new Reply(250, '2.1.0', 'OK', 'really').toWire(false)).toBe('250-OK\r\n250 really\r\n');
    expect(new Reply(550, undefined, '5.7.1 no').toWire(false)).toBe('550 no\r\n');
    expect(new Reply(354, undefined, 'go').toWire(false)).toBe('354 go\r\n');
  });

  test.each([0, 199, 600, 999, -250, 250.5, Number.NaN, Infinity, '250', undefined, null])(
    'refuses code %p',
    (code) => {
      expect(() => new Reply(code as number, undefined, 'x')).toThrow(TypeError);
    },
  );

  test.each([
    [250, '5.0.0'],
    [550, '2.0.0'],
    [354, '2.0.0'],
    [354, '3.0.0'],
    [550, '5.1'],
    [550, '5.1.1.1'],
    [550, '5.1000.1'],
    [550, '5.1.1 '],
    [550, '5.1.1\r\n250 OK'],
    [550, '5'],
    [550, ''],
  ])('%d refuses enhanced code %j', (code, enhanced) => {
    expect(() => new Reply(code, enhanced, 'x')).toThrow(TypeError);
  });

  test('knows what it is', () => {
    expect(replies.messageTooLarge).toMatchObject({ isPermanent: true, isTransient: false });
    expect(replies.localError).toMatchObject({ isPermanent: false, isTransient: true });
    expect(replies.ok).toMatchObject({ isPermanent: false, isTransient: false });
    expect(new Reply(250, '2.0.0', 'a', 'b').text).toBe('a b');
  });

  // RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets.
  test.each([
    ['ASCII', 'x'],
    ['two octets', 'ä'],
    ['three octets', '€'],
    ['four octets', '😀'],
    ['half a surrogate pair', '\ud83d'],
  ])('cuts lines at 512 octets, and no character in two: %s', (_what, character) => {
    for (const offset of ['', 'x', 'xx', 'xxx']) {
      const reply = new Reply(550, '5.999.999', offset + character.repeat(600), 'second');
      const [first, second] = linesOf(reply.toWire());
      expect(Buffer.byteLength(first!)).toBeLessThanOrEqual(512);
      expect(Buffer.byteLength(first!)).toBeGreaterThan(512 - 8);
      if (character !== '\ud83d') expect(first).not.toContain('\ufffd');
      expect(second).toBe('550 5.999.999 second\r\n');
    }
  });

  test('is one reply, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.string({ unit: fc.constantFrom('\r', '\n', '.', '250 ', '5.7.1 ', '\0', '\u2028') }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.array(text, { maxLength: 4 }), (code, texts) => {
        const reply = new Reply(code, undefined, ...texts);
        for (const wire of [reply.toWire(), reply.toWire(false)]) {
          const lines = linesOf(wire);
          expect(lines).toHaveLength(Math.max(1, texts.length));
          for (const [index, line] of lines.entries()) {
            expect(line).toMatch(LINE);
            expect(line.slice(0, 4)).toBe(`${code}${index === lines.length - 1 ? ' ' : '-'}`);
            expect(Buffer.byteLength(line)).toBeLessThanOrEqual(512);
          }
        }
      }),
    );
  });
});

describe('replies', () => {
  test.each(Object.entries(replies))('%s says the same with and without its code', (_name, reply) => {
    expect(reply.toWire()).toMatch(LINE);
    expect(reply.toWire(false)).not.toMatch(/\b[245]\.\d+\.\d+\b/);
    if (reply.enhanced !== undefined) expect(reply.enhanced[0]).toBe(String(reply.code)[0]);
  });
});

describe('SmtpError', () => {
  test('tells the client one thing and the log another', () => {
    const cause = new Error('disk on fire');
    const error = new SmtpError(replies.storageFull, { cause });
    expect(error).toMatchObject({ name: 'SmtpError', message: '452 4.3.1 Insufficient system storage', cause });
    expect(error.reply).toBe(replies.storageFull);
    expect(error.challenge).toBeUndefined();
    expect('cause' in new SmtpError(replies.ok)).toBe(false);
    expect(new SmtpError(replies.ok, { challenge: { status: '400' } }).challenge).toEqual({ status: '400' });
  });
});
