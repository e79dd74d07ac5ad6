import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import {
  playMechanism,
  type Response,
  saslContext,
  ScramClient,
  type ScramClientOptions,
} from '../../../../test/support/sasl.js';
import { mechanisms } from './index.js';
import { type SaslContext, SaslFailure, SaslSyntaxError } from './mechanism.js';
import type { ScramAuth } from './scram-auth.js';
import { ScramDecoys } from './scram-decoys.js';
import { type ScramQuery, type ScramSecret, scramSecret } from './scram-keys.js';

/** The whole dialogues of RFC 5802 §5 and RFC 7677 §3: user "user", password "pencil". */
const EXAMPLES = [
  {
    mechanism: 'SCRAM-SHA-1',
    salt: 'QSXCR+Q6sek8bf92',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    dialogue: [
      'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    ],
  },
  {
    mechanism: 'SCRAM-SHA-256',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    dialogue: [
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    ],
  },
] as const;

const salt = Buffer.from('a salt');
const stored = { salt, iterations: 4096 };
const exporter = Buffer.alloc(32, 9);

/** Surroundings in which "user" has the password "pencil", in the form that is wanted. */
function knowing(form: 'keys' | 'password' | 'salt', more: Partial<SaslContext> = {}): SaslContext {
  return saslContext({
    secret: async ({ username, mechanism }) => {
      if (username !== 'user') return null;
      if (form === 'password') return { password: 'pencil' };
      return form === 'salt' ? stored : scramSecret('pencil', mechanism, stored);
    },
    ...more,
  });
}

function bound(more: Partial<SaslContext> = {}): SaslContext {
  return knowing('keys', { channelBinding: (type) => (type === 'tls-exporter' ? exporter : undefined), ...more });
}

function play(name: string, responses: readonly Response[], context: SaslContext) {
  return playMechanism(mechanisms.get(name)!, responses, context);
}

async function login(name: string, options: ScramClientOptions, context: SaslContext) {
  const hash = name.includes('256') ? 'sha256' : 'sha1';
  const client = new ScramClient({ hash, ...options });
  const played = await play(name, [client.first(), (challenge) => client.final(challenge)], context);
  return { client, challenges: played.challenges, credentials: played.credentials as ScramAuth };
}

function finalOf(name: string, credentials: ScramAuth): string {
  return mechanisms.get(name)!.successChallenge!(credentials).toString();
}

describe.each(EXAMPLES)('the example of the RFC: $mechanism', ({ mechanism, salt: base64, serverNonce, dialogue }) => {
  const [first, serverFirst, final, serverFinal] = dialogue;
  const rfcSalt = { salt: Buffer.from(base64, 'base64'), iterations: 4096 };

  test.each<[form: string, secret: () => Promise<ScramSecret>]>([
    ['keys', () => scramSecret('pencil', mechanism, rfcSalt)],
    ['salt and iterations', async () => rfcSalt],
  ])('from %s', async (form, secret) => {
    const queries: ScramQuery[] = [];
    const context = saslContext({
      nonce: () => serverNonce,
      secret: (query) => {
        queries.push(query);
        return secret();
      },
    });
    const { challenges, credentials } = await play(mechanism, [first, final], context);
    expect(challenges).toEqual(['', serverFirst]);
    expect(queries).toEqual([{ username: 'user', authzid: '', mechanism }]);
    const auth = credentials as ScramAuth;
    expect(auth).toMatchObject({ method: mechanism, username: 'user', authcid: 'user', authzid: '' });
    expect(auth.verified).toBe(form === 'keys');
    expect(auth.validatePassword('pencil')).toBe(true);
    expect(auth.verified).toBe(true);
    expect(finalOf(mechanism, auth)).toBe(serverFinal);
  });
});

describe.each(['SCRAM-SHA-1', 'SCRAM-SHA-256'])('%s', (name) => {
  test.each(['keys', 'password'] as const)('knows a proof by %s, before the application is asked', async (form) => {
    const { client, credentials } = await login(name, { gs2: 'n,a=boss,' }, knowing(form));
    expect(credentials).toMatchObject({ method: name, username: 'user', authzid: 'boss', verified: true });
    expect(finalOf(name, credentials)).toBe(client.expected);
  });

  test.each(['keys', 'password'] as const)('refuses another password by %s', async (form) => {
    await expect(login(name, { password: 'pen' }, knowing(form))).rejects.toThrow(SaslFailure);
  });

  test('lets the application check the password where it gave salt and iterations', async () => {
    const { client, credentials } = await login(name, {}, knowing('salt'));
    expect(credentials.verified).toBe(false);
    expect(() => finalOf(name, credentials)).toThrow(/validatePassword/);
    for (const wrong of ['pen', '', 'a\0b']) expect(credentials.validatePassword(wrong)).toBe(false);
    expect(() => finalOf(name, credentials)).toThrow(/validatePassword/);
    expect(credentials.validatePassword('pencil')).toBe(true);
    expect(finalOf(name, credentials)).toBe(client.expected);
  });

  test('forgets the proof when all is decided', async () => {
    const { credentials } = await login(name, {}, knowing('salt'));
    credentials.validatePassword('pencil');
    credentials.wipe();
    expect(credentials.validatePassword('pencil')).toBe(false);
    expect(credentials.verified).toBe(true);
  });

  test('shows nothing of the proof', async () => {
    const { credentials } = await login(name, {}, knowing('keys'));
    for (const text of [inspect(credentials, { depth: 9, showHidden: true }), JSON.stringify(credentials)]) {
      expect(text).toContain('user');
      expect(text).not.toMatch(/proof|signature|authMessage|clientnonce/i);
    }
  });

  test('knows names with commas, equals signs and other forms', async () => {
    const context = saslContext({
      secret: async ({ username }) => (username === 'a,=IX' ? { password: 'pencil' } : null),
    });
    const { credentials } = await login(name, { username: 'a,=\u2168' }, context);
    expect(credentials.username).toBe('a,=IX');
  });

  test.each([null, undefined, { password: '' }, { password: 'a\0b' }])(
    'plays a user with the secret %j to the end',
    async (secret) => {
      const context = saslContext({ secret: async () => secret as null });
      const challenges: string[] = [];
      for (const username of ['nobody', 'nobody', 'nobody else']) {
        const client = new ScramClient({ hash: name.includes('256') ? 'sha256' : 'sha1', username });
        const answer = (challenge: string): string => {
          challenges.push(challenge);
          return client.final(challenge);
        };
        await expect(play(name, [client.first(), answer], context)).rejects.toMatchObject({
          name: 'SaslFailure',
          username,
        });
      }
      expect(challenges[0]).toMatch(/^r=clientnonceservernonce,s=[A-Za-z0-9+/]{22}==,i=4096$/);
      expect(challenges[1]).toBe(challenges[0]); // the same salt each time
      expect(challenges[2]).not.toBe(challenges[0]);
    },
  );

  test.each<[what: string, first: string, final: (challenge: string) => string]>([
    ['a nonce of its own', 'n,,n=user,r=abc', (c) => c.replace(/.*/, `c=biws,r=abc,p=${proofFor(name)}`)],
    ['another nonce', 'n,,n=user,r=abc', () => `c=biws,r=abcservernonceX,p=${proofFor(name)}`],
    ['a proof that is too short', 'n,,n=user,r=abc', () => 'c=biws,r=abcservernonce,p=AAAA'],
    ['no proof', 'n,,n=user,r=abc', () => 'c=biws,r=abcservernonce'],
    ['a channel binding without -PLUS', 'p=tls-exporter,,n=user,r=abc', () => ''],
    ['no SCRAM', '\0user\0pencil', () => ''],
    ['octets that are no UTF-8', '\ufffd', () => ''],
  ])('takes %s for malformed', async (_what, first, final) => {
    await expect(play(name, [first, final], knowing('keys'))).rejects.toThrow(SaslSyntaxError);
  });

  test('refuses a c= that is not the gs2-header of before', async () => {
    const client = new ScramClient({ hash: name.includes('256') ? 'sha256' : 'sha1', gs2: 'n,,' });
    const context = knowing('keys', { offers: () => false });
    await expect(
      play(name, [client.first().replace('n,,', 'y,,'), (challenge) => client.final(challenge)], context),
    ).rejects.toThrow(SaslFailure);
  });

  test('a client that knows channel binding is served where there is none, and warned where it was hidden', async () => {
    const { credentials } = await login(name, { gs2: 'y,,' }, knowing('keys'));
    expect(credentials.verified).toBe(true);
    const offers = (other: string): boolean => other === `${name}-PLUS`;
    await expect(login(name, { gs2: 'y,,' }, bound({ offers }))).rejects.toThrow(SaslFailure);
    expect((await login(name, { gs2: 'n,,' }, bound({ offers }))).credentials.verified).toBe(true);
  });

  test('takes a secret that cannot be used for a failure of ours', async () => {
    const context = saslContext({ secret: async () => ({ salt, iterations: 1 }) });
    await expect(login(name, {}, context)).rejects.toThrow(TypeError);
  });
});

describe.each(['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS'])('%s', (name) => {
  test('binds the login to the connection', async () => {
    const queries: ScramQuery[] = [];
    const { secret } = bound();
    const context = bound({
      secret: (query) => {
        queries.push(query);
        return secret!(query);
      },
    });
    const { client, credentials } = await login(name, { gs2: 'p=tls-exporter,,', binding: exporter }, context);
    expect(credentials).toMatchObject({ method: name, verified: true });
    expect(finalOf(name, credentials)).toBe(client.expected);
    expect(queries[0]?.mechanism).toBe(name.replace('-PLUS', ''));
  });

  test.each<[what: string, options: ScramClientOptions]>([
    ['the data of another connection', { gs2: 'p=tls-exporter,,', binding: Buffer.alloc(32, 8) }],
    ['no data', { gs2: 'p=tls-exporter,,' }],
    ['more data', { gs2: 'p=tls-exporter,,', binding: Buffer.concat([exporter, exporter]) }],
    ['a type this connection has not', { gs2: 'p=tls-unique,,', binding: exporter }],
  ])('refuses %s', async (_what, options) => {
    await expect(login(name, options, bound())).rejects.toThrow(SaslFailure);
  });

  test.each(['n,,', 'y,,'])('takes %s for malformed', async (gs2) => {
    await expect(login(name, { gs2 }, bound())).rejects.toThrow(SaslSyntaxError);
  });
});

describe('decoys', () => {
  test('take as long as the secrets the application gives', async () => {
    const decoys = new ScramDecoys(200_000, 'key');
    const timeOf = async (): Promise<number> => {
      const start = performance.now();
      await decoys.pretend('nobody', 'SCRAM-SHA-256');
      return performance.now() - start;
    };
    const atOnce = await timeOf();
    await decoys.keysOf('pencil', 'user', 'SCRAM-SHA-256');
    expect(await timeOf()).toBeGreaterThan(atOnce + 10);
  });

  test('are known to those who share the key only', () => {
    const salts = [
      new ScramDecoys(4096, 'key'),
      new ScramDecoys(4096, 'key'),
      new ScramDecoys(),
      new ScramDecoys(),
    ].map((decoys) => Buffer.from(decoys.saltOf('user', 'SCRAM-SHA-1').salt).toString('hex'));
    expect(salts[0]).toBe(salts[1]);
    expect(new Set(salts).size).toBe(3);
    expect(new ScramDecoys().iterations).toBe(10_000);
  });
});

test.each(['SCRAM-SHA-1', 'SCRAM-SHA-256-PLUS'])('%s ends well whatever comes', async (name) => {
  const part = fc.constantFrom(
    'n,,',
    'y,,',
    'p=tls-exporter,,',
    'n=user',
    ',',
    'r=',
    'clientnonce',
    'c=biws',
    'p=AAAA',
    '=',
    'ä',
  );
  const response = fc.oneof(
    fc.string(),
    fc.array(part).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(response, response, async (first, final) => {
      const outcome = await play(name, [first, final], bound()).catch((error: unknown) => error);
      const wellKnown = outcome instanceof SaslSyntaxError || outcome instanceof SaslFailure;
      expect(wellKnown || (outcome as { challenges?: string[] }).challenges?.length).toBeTruthy();
    }),
    { numRuns: 60 },
  );
});

function proofFor(name: string): string {
  return Buffer.alloc(name.includes('256') ? 32 : 20).toString('base64');
}
