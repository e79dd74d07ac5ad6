import { describe, expect, test } from '@jest/globals';
import { playMechanism } from '../../../../test/support/sasl.js';
import { anonymous } from './anonymous.js';
import { SaslSyntaxError } from './mechanism.js';

describe('ANONYMOUS', () => {
  test.each(['', 'sirhc', 'guest@example.com', 'Ünï cödé', 'x'.repeat(255), '😀'.repeat(255)])(
    'takes the trace %j',
    async (trace) => {
      const { challenges, credentials } = await playMechanism(anonymous, [trace]);
      expect(challenges).toEqual(['']);
      expect(credentials).toMatchObject({ method: 'ANONYMOUS', username: 'anonymous', authzid: '', trace });
    },
  );

  test.each(['x'.repeat(256), '😀'.repeat(256), 'a\r\nb', 'a\0', '\u202e', '\ufffd'])('refuses %j', async (trace) => {
    await expect(playMechanism(anonymous, [trace])).rejects.toThrow(SaslSyntaxError);
  });
});
