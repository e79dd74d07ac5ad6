import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearestName } from './nearest-name.js';
import { optionNames } from './option-names.js';
import type { ListenerOptions, SmtpServerOptions } from './options.js';
import { SmtpOptionsError } from './resolved-options.js';
import { SmtpServer } from './server.js';

const open: SmtpServerOptions = { name: 'mx', authOptional: true, recipients: 'any' };

function problemsOf(server: object, listener: object = {}): readonly string[] {
  try {
    new SmtpServer({ ...open, ...server }).addListener(listener);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SmtpOptionsError);
    return (error as SmtpOptionsError).problems;
  }
}

describe('a name that is not known', () => {
  test.each<[given: object, problem: string]>([
    [{ maxClient: 5 }, 'maxClient is no option; did you mean maxClients?'],
    [{ hideStartTLS: true }, 'hideStartTLS is no option; did you mean hideSTARTTLS?'],
    [{ authMethod: [] }, 'authMethod is no option; did you mean authMethods?'],
    [{ handshakeTimeout: 5 }, 'handshakeTimeout is no option; did you mean handshakeTimeoutMs?'],
    [{ frobnicate: false }, 'frobnicate is no option; remove it'],
    [{ constructor: 1 }, 'constructor is no option; remove it'],
    [
      { onMailFrom: () => undefined },
      'onMailFrom is the method mail of the Backend, the second argument of new SmtpServer()',
    ],
    [
      { logger: true },
      'logger is no option; failures come to the method error of the Backend, dialogues to diagnostics',
    ],
    [
      { rejectOversized: true },
      "rejectOversized is no option; a message larger than size is refused unless oversizedMessages: 'pass' is written",
    ],
    [{ port: 25 }, 'port belongs to a listener; give it to listen()'],
  ])('at the server: %p', (given, problem) => {
    expect(problemsOf(given)).toEqual([`listener 'default': ${problem}`]);
  });

  test.each<[given: object, problem: string]>([
    [{ prot: 25 }, 'prot is no option; did you mean port?'],
    [{ maxClients: 5 }, 'maxClients holds for all listeners; give it to new SmtpServer()'],
    [{ onData: () => undefined }, 'onData is the method data of the Backend, the second argument of new SmtpServer()'],
  ])('at a listener: %p', (given, problem) => {
    expect(problemsOf({}, { id: 'mx', ...given })).toEqual([`listener 'mx': ${problem}`]);
  });

  test('is left out by undefined', () => expect(problemsOf({ maxClient: undefined }, { prot: undefined })).toEqual([]));

  test('is reported together with all else', () => {
    expect(problemsOf({ maxClient: 5, size: -1 }, { prot: 25 })).toEqual([
      "listener 'default': maxClient is no option; did you mean maxClients?",
      "listener 'default': prot is no option; did you mean port?",
      expect.stringContaining('size is -1'),
    ]);
  });
});

test('every option has a name, once', () => {
  const { session, listener, server } = optionNames;
  const all = [...session, ...listener, ...server];
  expect(new Set(all).size).toBe(all.length);
  const some: readonly (keyof (ListenerOptions & SmtpServerOptions))[] = [
    'id',
    'key',
    'lmtp',
    'rephrase',
    'maxClients',
  ];
  expect(all).toEqual(expect.arrayContaining([...some]));
});

describe('nearestName', () => {
  test.each([
    ['authMethod', 'authMethods'],
    ['AUTHMETHODS', 'authMethods'],
    ['siez', 'size'],
    ['sise', 'size'],
    ['', undefined],
    ['something', undefined],
  ])('%s: %s', (typed, expected) => expect(nearestName(typed, ['authMethods', 'size'])).toBe(expected));

  test('is the name itself where that is known, and what one wrong letter meant', () => {
    const names = [...optionNames.session];
    const mistyped = fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), fc.nat(name.length - 1)));
    fc.assert(
      fc.property(mistyped, ([name, at]) => {
        expect(nearestName(name, names)).toBe(name);
        const wrong = `${name.slice(0, at)}_${name.slice(at + 1)}`;
        expect(nearestName(wrong, [name])).toBe(name);
      }),
    );
  });
});
