import { describe, expect, test } from '@jest/globals';
import { playMechanism } from '../../../../test/support/sasl.js';
import { OAuthBearerAuth } from './credentials.js';
import { SaslSyntaxError } from './mechanism.js';
import { oauthBearer } from './oauthbearer.js';

describe('OAUTHBEARER', () => {
  test.each<[response: string, username: string, token: string]>([
    // RFC 7628 §4.1: the example.
    [
      'n,a=user@example.com,\u0001host=server.example.com\u0001port=143\u0001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u0001\u0001',
      'user@example.com',
      'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
    ],
    ['n,,\u0001auth=bearer  a.b-c_d~e+f/g\u0001\u0001', '', 'a.b-c_d~e+f/g'],
    ['y,a=a=2Cb,\u0001auth=Bearer t\u0001qs=\t x\r\n\u0001\u0001', 'a,b', 't'],
  ])('takes %j', async (response, username, token) => {
    const { challenges, credentials } = await playMechanism(oauthBearer, [response]);
    expect(challenges).toEqual(['']);
    expect(credentials).toEqual(new OAuthBearerAuth(username, token));
    expect(credentials).toMatchObject({ method: 'OAUTHBEARER', username, authcid: '', authzid: username });
  });

  test.each([
    '',
    '\u0001',
    'n,,',
    'n,,\u0001',
    'n,,\u0001\u0001',
    'p=tls-exporter,,\u0001auth=Bearer t\u0001\u0001',
    'auth=Bearer t\u0001\u0001',
    'n,,\u0001auth=Bearer t',
    'n,,\u0001auth=Bearer t\u0001',
    'n,,auth=Bearer t\u0001\u0001',
    'n,,\u0001auth=Bearer\u0001\u0001',
    'n,,\u0001auth=Bearer \u0001\u0001',
    'n,,\u0001auth=Bearer a b\u0001\u0001',
    'n,,\u0001auth=Bearer a=b\u0001\u0001',
    'n,,\u0001auth=Basic t\u0001\u0001',
    'n,,\u0001auth=Bearer t\u0001auth=Bearer u\u0001\u0001',
    'n,,\u0001host=x\u0001\u0001',
    'n,,\u0001h0st=x\u0001auth=Bearer t\u0001\u0001',
    'n,,\u0001auth=Bearer t\u0001\u0001\u0001',
    'n,,\u0001host=\u007f\u0001auth=Bearer t\u0001\u0001',
    'n,a=a\nb,\u0001auth=Bearer t\u0001\u0001',
    'n,,\u0001auth=Bearer \ufffd\u0001\u0001',
  ])('refuses %j', async (response) => {
    await expect(playMechanism(oauthBearer, [response])).rejects.toThrow(SaslSyntaxError);
  });

  test('says with JSON why it failed', () => {
    const say = (details?: Record<string, unknown>): unknown =>
      JSON.parse(oauthBearer.failureChallenge!(details).toString()) as unknown;
    expect(say()).toEqual({ status: 'invalid_token' });
    expect(say({ status: 'insufficient_scope', scope: 'mail' })).toEqual({
      status: 'insufficient_scope',
      scope: 'mail',
    });
  });
});
