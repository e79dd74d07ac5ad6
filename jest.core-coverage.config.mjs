// The floor under the engine's pure parts: `npm run coverage:core` fails when a branch of them is tested by no test that
// lies beside the code. Dialogues and sockets pass through them too, but do not count.
import base from './jest.config.mjs';

const CORE = 'libs/smtp-engine/src/{protocol,policy,sasl}/**/*.ts';

export default {
  ...base,
  projects: base.projects.filter(({ displayName }) => displayName === 'unit'),
  collectCoverage: true,
  coverageDirectory: 'coverage/core',
  coverageReporters: ['text'],
  collectCoverageFrom: [CORE, '!**/*.spec.ts', '!**/index.ts'],
  coverageThreshold: { global: { branches: 100 } },
};
