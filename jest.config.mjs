// One configuration, several projects. TypeScript goes through swc; the libraries resolve to their sources by the
// private export condition, so that a test never runs a stale build. The e2e tests start the built application.
const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const common = {
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['@nestjs-smtp/source', 'node', 'node-addons'],
    // What jest cleans up between files reaches Node's own modules: on Node 20 node:tls lost functions now and then.
    globalsCleanup: 'off',
  },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': swc },
  modulePathIgnorePatterns: ['/dist/'],
};

export default {
  workerIdleMemoryLimit: '512MB',
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', 'libs/*/src/**/*.ts', '!**/*.spec.ts', '!**/index.ts', '!src/main.ts'],
  projects: [
    { ...common, displayName: 'unit', roots: ['<rootDir>/src', '<rootDir>/libs'], testRegex: '\\.spec\\.ts$' },
    { ...common, displayName: 'transcripts', roots: ['<rootDir>/test'], testRegex: '\\.transcript-spec\\.ts$' },
    { ...common, displayName: 'e2e', roots: ['<rootDir>/test'], testRegex: '\\.e2e-spec\\.ts$' },
    { ...common, displayName: 'services', roots: ['<rootDir>/test'], testRegex: '\\.services-spec\\.ts$' },
    { ...common, displayName: 'interop', roots: ['<rootDir>/test'], testRegex: '\\.interop-spec\\.ts$' },
  ],
};
