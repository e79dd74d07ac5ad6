import { expect, test } from '@jest/globals';
import { saslContext } from '../../../../test/support/sasl.js';
import { mechanisms } from './index.js';
import type { SaslContext } from './mechanism.js';
import { canSucceed } from './requirements.js';

const ALWAYS = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER'];
const secret = async (): Promise<null> => null;
const bindings = (...types: string[]): SaslContext['channelBinding'] => {
  return (type) => (types.includes(type) ? Buffer.alloc(1) : undefined);
};

test.each<[what: string, known: Partial<SaslContext>, more: string[]]>([
  ['nothing', {}, []],
  ['secrets', { secret }, ['SCRAM-SHA-1', 'SCRAM-SHA-256']],
  ['TLS without secrets', { channelBinding: bindings('tls-exporter') }, []],
  [
    'secrets and a channel binding',
    { secret, channelBinding: bindings('tls-server-end-point') },
    ['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'],
  ],
  ['a channel binding nobody knows', { secret, channelBinding: bindings('x') }, ['SCRAM-SHA-1', 'SCRAM-SHA-256']],
])('what can succeed with %s', (_what, known, more) => {
  const context = saslContext(known);
  const able = [...mechanisms.values()].filter((mechanism) => canSucceed(mechanism, context)).map(({ name }) => name);
  expect(able).toEqual([...ALWAYS, ...more, 'ANONYMOUS']);
});
