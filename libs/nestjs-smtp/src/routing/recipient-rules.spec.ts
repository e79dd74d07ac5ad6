import { Envelope, ForwardPath, ReversePath } from 'smtp-engine';
import type { Handler } from '../smtp.handlers.js';
import { RecipientPattern } from './recipient-pattern.js';
import { RecipientRules, type Route } from './recipient-rules.js';

const handler = (name: string): Handler => ({
  run: () => Promise.reject(new Error(name)),
  info: { name } as Handler['info'],
});

/** A route whose handler is named as its pattern. */
function route(pattern: string | undefined): Route {
  return {
    handler: handler(pattern ?? 'all'),
    pattern: pattern === undefined ? undefined : new RecipientPattern(pattern),
  };
}

function envelopeFor(...addresses: readonly string[]): Envelope {
  const envelope = new Envelope(new ReversePath('', '', ''));
  for (const address of addresses) {
    const [localPart = '', domain = ''] = address.split('@');
    envelope.rcptTo.push(new ForwardPath(address, localPart, domain));
  }
  return envelope;
}

/** Handler, parameters and recipients of each share. */
function shares(patterns: readonly (string | undefined)[], ...addresses: readonly string[]) {
  const rules = new RecipientRules([], patterns.map(route), false, true);
  return rules
    .receivers(envelopeFor(...addresses))
    .map(({ handler: { info }, params, recipients }) => [info.name, { ...params }, recipients.map(String).join()]);
}

test.each<[string, readonly (string | undefined)[], readonly string[], readonly unknown[]]>([
  ['nobody', ['a@x'], [], []],
  ['nobody, of all', [undefined], [], []],
  ['one handler for all', [undefined], ['a@x', 'b@y'], [['all', {}, 'a@x,b@y']]],
  ['one route', ['*@x'], ['a@x', 'b@x'], [['*@x', {}, 'a@x,b@x']]],
  [
    'in the order of the first recipient of each',
    ['a@x', 'b@x', undefined],
    ['c@x', 'b@x', 'a@x', 'b@X', 'd@y'],
    [
      ['all', {}, 'c@x,d@y'],
      ['b@x', {}, 'b@x,b@X'],
      ['a@x', {}, 'a@x'],
    ],
  ],
  [
    'once for each set of parameters, as they were sent',
    [':name@:host.x'],
    ['a@one.x', 'b@one.x', 'a@two.x', 'A@one.x', 'a@one.x'],
    [
      [':name@:host.x', { name: 'a', host: 'one' }, 'a@one.x,a@one.x'],
      [':name@:host.x', { name: 'b', host: 'one' }, 'b@one.x'],
      [':name@:host.x', { name: 'a', host: 'two' }, 'a@two.x'],
      [':name@:host.x', { name: 'A', host: 'one' }, 'A@one.x'],
    ],
  ],
  [
    'the most specific route of each, whatever the order of the handlers',
    ['*@*', ':name@x', 'a@x'],
    ['a@x', 'b@x', 'a@y'],
    [
      ['a@x', {}, 'a@x'],
      [':name@x', { name: 'b' }, 'b@x'],
      ['*@*', {}, 'a@y'],
    ],
  ],
  [
    'postmaster without a domain',
    ['postmaster@*', 'a@x'],
    ['postmaster', 'a@x'],
    [
      ['postmaster@*', {}, 'postmaster'],
      ['a@x', {}, 'a@x'],
    ],
  ],
  ['who has no route is in no share', ['a@x'], ['a@x', 'b@x'], [['a@x', {}, 'a@x']]],
])('receivers: %s', (_name, patterns, addresses, expected) => {
  expect(shares(patterns, ...addresses)).toEqual(expected);
});

test('a share does not see what is added to the envelope later', () => {
  const envelope = envelopeFor('a@x');
  const [share] = new RecipientRules([], [route(undefined)], true).receivers(envelope);
  envelope.rcptTo.push(...envelopeFor('b@x').rcptTo);
  expect(share!.recipients.map(String)).toEqual(['a@x']);
});

test('one route a transaction, unless several may share it', () => {
  const [first, other] = envelopeFor('a@x', 'b@x').rcptTo as [ForwardPath, ForwardPath];
  const envelope = envelopeFor('a@x');
  const routes = [route('a@x'), route('b@x')];
  const one = new RecipientRules([], routes, false);
  expect(one.refusal(first, envelope)).toBeUndefined();
  expect(one.refusal(other, envelope)).toMatchObject({ code: 452, enhanced: '4.5.3' });
  expect(new RecipientRules([], routes, false, true).refusal(other, envelope)).toBeUndefined();
});
