import { describe, expect, test } from '@jest/globals';
import { checkSecret, scramKeysNow, type ScramMechanism, scramSecret } from './scram-keys.js';

/** The password "pencil" in the examples of RFC 5802 §5 and RFC 7677 §3. */
const EXAMPLES: readonly (readonly [ScramMechanism, salt: string, storedKey: string, serverKey: string])[] = [
  ['SCRAM-SHA-1', 'QSXCR+Q6sek8bf92', '6dlGYMOdZcOPutkcNY8U2g7vK9Y=', 'D+CSWLOshSulAsxiupA+qs2/fTE='],
  [
    'SCRAM-SHA-256',
    'W22ZaJ0SNY7soEsUEjb6gQ==',
    'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=',
    'wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  ],
];

describe.each(EXAMPLES)('%s', (mechanism, saltText, storedKey, serverKey) => {
  const salt = Buffer.from(saltText, 'base64');
  const expected = { salt, iterations: 4096, storedKey: base64(storedKey), serverKey: base64(serverKey) };

  test('keys of the RFC', async () => {
    expect(await scramSecret('pencil', mechanism, { salt, iterations: 4096 })).toEqual(expected);
    expect(scramKeysNow('pencil', mechanism, { salt, iterations: 4096 })).toEqual(expected);
  });

  test('a salt of its own, and iterations as most servers have', async () => {
    const [one, other] = await Promise.all([scramSecret('pencil', mechanism), scramSecret('pencil', mechanism)]);
    expect(one.salt).toHaveLength(16);
    expect(one.salt).not.toEqual(other.salt);
    expect(one.storedKey).not.toEqual(other.storedKey);
    expect(one.iterations).toBe(10_000);
  });

  test('two ways to type a password', async () => {
    const [one, other] = await Promise.all(
      ['caf\u00e9', 'cafe\u0301'].map((password) => scramSecret(password, mechanism, { salt, iterations: 4096 })),
    );
    expect(one).toEqual(other);
  });

  test.each(['', '\u00ad', 'a\0b'])('no secret for the password %j', async (password) => {
    await expect(scramSecret(password, mechanism)).rejects.toThrow(TypeError);
    expect(scramKeysNow(password, mechanism, { salt, iterations: 4096 })).toBeUndefined();
  });

  test.each<[problem: RegExp, changes: Record<string, unknown>]>([
    [/salt/, { salt: Buffer.alloc(0) }],
    [/salt/, { salt: saltText }],
    [/salt/, { salt: undefined }],
    [/iterations/, { iterations: 4095 }],
    [/iterations/, { iterations: 4096.5 }],
    [/iterations/, { iterations: 10_000_001 }],
    [/iterations/, { iterations: '4096' }],
    [/storedKey/, { storedKey: Buffer.alloc(16) }],
    [/storedKey/, { storedKey }],
    [/serverKey/, { serverKey: Buffer.alloc(33) }],
    [/serverKey/, { serverKey: undefined }],
  ])('says that %s is wrong and nothing of what is in it', (problem, changes) => {
    const check = (): void => checkSecret({ ...expected, ...changes }, mechanism);
    expect(check).toThrow(TypeError);
    expect(check).toThrow(problem);
    expect(check).not.toThrow(storedKey);
  });

  test('takes what is right', () => {
    checkSecret(expected, mechanism);
    checkSecret({ salt: new Uint8Array([1]), iterations: 10_000_000 }, mechanism);
    expect(() => checkSecret({ salt, iterations: 4096, serverKey: Buffer.alloc(3) }, mechanism)).toThrow(/storedKey/);
  });
});

function base64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
