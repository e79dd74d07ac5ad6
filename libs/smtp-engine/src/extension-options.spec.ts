import { describe, expect, test } from '@jest/globals';
import type { Command } from './commands/command.js';
import type { Extension } from './extensions/extension.js';
import type { ListenerOptions } from './options.js';
import { replies } from './reply.js';
import { resolveOptions, type SmtpOptionsError } from './resolved-options.js';

const open: ListenerOptions = { name: 'mx', authOptional: true, recipients: 'any' };

function problemsOf(options: ListenerOptions): readonly string[] {
  try {
    resolveOptions({ ...open, ...options }, {}, 'default');
    return [];
  } catch (error) {
    return (error as SmtpOptionsError).problems.map((problem) => problem.replace("listener 'default': ", ''));
  }
}

test('defaults: CHUNKING and LIMITS are shown, nothing obliges the application', () => {
  expect(resolveOptions(open, {}, 'default')).toMatchObject({
    lmtp: false,
    hideCHUNKING: false,
    hideLIMITS: false,
    hideDSN: true,
    hideREQUIRETLS: true,
    extensions: {
      binaryMime: false,
      deliverBy: undefined,
      futureRelease: undefined,
      mtPriority: undefined,
      noSoliciting: undefined,
      rrvs: false,
    },
  });
});

test('true is an extension without settings, false is none', () => {
  const { extensions } = resolveOptions(
    { ...open, extensions: { deliverBy: true, mtPriority: false, noSoliciting: true, rrvs: true } },
    {},
    'default',
  );
  expect(extensions).toMatchObject({ deliverBy: {}, mtPriority: undefined, noSoliciting: {}, rrvs: true });
});

test.each<[ListenerOptions, RegExp]>([
  [{ lmtp: true, hidePIPELINING: true }, /lmtp: true needs PIPELINING and ENHANCEDSTATUSCODES; remove/],
  [{ lmtp: true, hideENHANCEDSTATUSCODES: true }, /lmtp: true needs PIPELINING and ENHANCEDSTATUSCODES; remove/],
  [{ lmtp: true, port: 25 }, /must not use port 25.*write port: 24, or path/],
  [{ extensions: { binaryMime: true }, hideCHUNKING: true }, /binaryMime needs BDAT; remove hideCHUNKING/],
  [{ extensions: { binaryMime: true }, disabledCommands: ['bdat'] }, /binaryMime needs BDAT/],
  [{ extensions: { deliverBy: { minSeconds: 0 } } }, /deliverBy.minSeconds is 0; write a whole number from 1/],
  [{ extensions: { deliverBy: { minSeconds: 1.5 } } }, /deliverBy.minSeconds is 1.5/],
  [{ extensions: { futureRelease: { maxIntervalSeconds: 1e9 } } }, /maxIntervalSeconds is 1000000000; write a whole/],
  [
    { extensions: { futureRelease: { maxIntervalSeconds: 60, maxDateTime: new Date(Number.NaN) } } },
    /maxDateTime is no time; write a Date/,
  ],
  [{ extensions: { mtPriority: { profile: 'two words' } } }, /profile is "two words"; write a name such as 'MIXER'/],
  [{ extensions: { noSoliciting: { keywords: ['9'] } } }, /keywords has something that is no keyword; write, for/],
])('%j is a problem', (options, problem) => {
  expect(problemsOf(options)).toEqual([expect.stringMatching(problem)]);
});

test.each<ListenerOptions>([
  { lmtp: true, port: 24 },
  { extensions: { binaryMime: true } },
  { extensions: { deliverBy: { minSeconds: 60 }, mtPriority: { profile: 'MIXER' }, noSoliciting: { keywords: [] } } },
  { extensions: { futureRelease: { maxIntervalSeconds: 60, maxDateTime: new Date() } } },
])('%j is none', (options) => expect(problemsOf(options)).toEqual([]));

describe('customExtensions', () => {
  const command = (verb: string): Command => ({ verb, syntax: verb, phases: ['ready'], run: () => replies.ok });
  const extension = (more: Partial<Extension>): Extension => ({ keyword: 'XONE', offer: () => true, ...more });

  test.each<[readonly Extension[], readonly string[]]>([
    [[extension({})], []],
    [[extension({ commands: [command('XVERB')], mailParameters: { X: () => undefined } })], []],
    [[extension({ keyword: 'SIZE' })], ['customExtensions: the EHLO keyword SIZE is taken; choose another name']],
    [[extension({}), extension({})], ['customExtensions: the EHLO keyword XONE is taken; choose another name']],
    [[extension({ commands: [command('MAIL')] })], [expect.stringContaining('the verb MAIL is taken') as never]],
    [[extension({ commands: [command('BDAT')] })], [expect.stringContaining('the verb BDAT is taken') as never]],
    [[extension({ commands: [command('LHLO')] })], [expect.stringContaining('the verb LHLO is taken') as never]],
    [
      [extension({ mailParameters: { SIZE: () => undefined } })],
      [expect.stringContaining('the parameter of MAIL SIZE is taken') as never],
    ],
    [
      [extension({ rcptParameters: { NOTIFY: () => undefined } })],
      [expect.stringContaining('the parameter of RCPT NOTIFY is taken') as never],
    ],
    [
      [extension({ keyword: 'x one' })],
      ['customExtensions: "x one" is no EHLO keyword; write capitals, digits and hyphens'],
    ],
    [[extension({ commands: [command('xverb')] })], [expect.stringContaining('"xverb" is no verb') as never]],
  ])('case %#', (customExtensions, problems) => {
    expect(problemsOf({ customExtensions })).toEqual(problems);
  });
});
