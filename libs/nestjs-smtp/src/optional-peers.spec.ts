import { missingPeers } from './optional-peers.js';

test('a package that cannot be loaded is named, with the command that installs it', async () => {
  const gone = (): Promise<never> => Promise.reject(new Error('not found'));
  expect(await missingPeers(new Set(['class-validator'] as const), gone)).toEqual([
    '@SmtpCredentials() with a class needs class-validator: npm install class-validator',
  ]);
});

test('those that are installed are not', async () => {
  expect(await missingPeers(new Set(['class-validator'] as const))).toEqual([]);
});

test('mailparser is one of them', async () => {
  const gone = (): Promise<never> => Promise.reject(new Error('not found'));
  expect(await missingPeers(new Set(['mailparser'] as const), gone)).toEqual([
    '@SmtpParsed() needs mailparser: npm install mailparser',
  ]);
});
