import { beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { playMechanism, saslContext } from '../../../../test/support/sasl.js';
import { certificateIdentity } from './certificate-identity.js';
import { ExternalAuth } from './credentials.js';
import { external } from './external.js';
import { SaslFailure, SaslSyntaxError } from './mechanism.js';
import { canSucceed } from './requirements.js';

type Names = Parameters<typeof generate>[0];

const EMAIL = 1;
const URI = 6;

async function certificate(names: Names, ...altNames: { type: 1 | 6; value: string }[]): Promise<X509Certificate> {
  const extensions = altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : [{ name: 'basicConstraints' }];
  const { cert } = await generate(names, { keyType: 'ec', curve: 'P-256', algorithm: 'sha256', extensions } as never);
  return new X509Certificate(cert);
}

const commonName = (value: string): { name: string; value: string } => ({ name: 'commonName', value });
const organization = { name: 'organizationName', value: 'Example' };

describe('whom a certificate names', () => {
  test.each<[what: string, identity: string | undefined, made: () => Promise<X509Certificate>]>([
    ['its common name', 'alice', () => certificate([commonName('alice')])],
    [
      'its address first',
      'a@x.example',
      () => certificate([commonName('alice')], { type: EMAIL, value: 'a@x.example' }),
    ],
    [
      'the first of its addresses',
      'a@x',
      () => certificate([commonName('c')], { type: EMAIL, value: 'a@x' }, { type: EMAIL, value: 'b@x' }),
    ],
    [
      'no address that stands in another name',
      'a@x',
      () =>
        certificate(
          [commonName('c')],
          { type: URI, value: 'x, email:evil@x, "email:evil@x' },
          { type: EMAIL, value: 'a@x' },
        ),
    ],
    [
      'no address that could be two',
      'alice',
      () => certificate([commonName('alice')], { type: EMAIL, value: 'a,b@x' }),
    ],
    ['nobody, of two common names', undefined, () => certificate([commonName('alice'), commonName('bob')])],
    ['nobody, of an empty name', undefined, () => certificate([commonName('')])],
    ['nobody, of an organization', undefined, () => certificate([organization])],
  ])('%s', async (_what, identity, made) => expect(certificateIdentity(await made())).toBe(identity));
});

describe('EXTERNAL', () => {
  let alice: X509Certificate;
  let nobody: X509Certificate;
  beforeAll(async () => {
    alice = await certificate([commonName('alice')]);
    nobody = await certificate([organization]);
  });

  test.each(['', 'bob', 'dn:CN=bob', 'bö b'])('takes the authorization identity %j', async (authzid) => {
    const context = saslContext({ clientCertificate: alice });
    const { challenges, credentials } = await playMechanism(external, [authzid], context);
    expect(challenges).toEqual(['']);
    expect(credentials).toEqual(new ExternalAuth('alice', authzid, alice));
    expect(credentials).toMatchObject({ method: 'EXTERNAL', username: 'alice', authcid: 'alice', authzid });
  });

  test('is for clients whose certificate names somebody', async () => {
    expect(canSucceed(external, saslContext({ clientCertificate: alice }))).toBe(true);
    for (const clientCertificate of [undefined, nobody]) {
      const context = saslContext({ clientCertificate });
      expect(canSucceed(external, context)).toBe(false);
      await expect(playMechanism(external, [''], context)).rejects.toThrow(SaslFailure);
    }
  });

  test('refuses octets that are no UTF-8', async () => {
    const context = saslContext({ clientCertificate: alice });
    await expect(playMechanism(external, [Buffer.from([0xff])], context)).rejects.toThrow(SaslSyntaxError);
  });
});
