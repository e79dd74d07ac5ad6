import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The arrows of docs/architecture.md: what each part must not import. */
const forbid = (files, ...patterns) => ({
  files,
  ignores: ['**/*.spec.ts'],
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});
const pattern = (group, message, more = {}) => ({ group, message, ...more });
const ENGINE = 'libs/smtp-engine/src';
const frameworks = pattern(['@nestjs/*', 'rxjs', 'nestjs-smtp'], 'The engine knows no framework.');
const insides = pattern(
  ['smtp-engine/*', '!smtp-engine/testing', 'nestjs-smtp/*', '!nestjs-smtp/testing'],
  'Import the root of a library.',
);
const nestDeep = pattern(['@nestjs/*/*'], 'Nest promises nothing about its inner files: import package roots.');

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'data/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'libs/*/src/**/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
  forbid(
    [`${ENGINE}/protocol/**`],
    frameworks,
    pattern(['node:*', '!node:buffer', '../*'], 'protocol/ is pure: bytes in, values out.'),
  ),
  forbid(
    [`${ENGINE}/sasl/**`],
    frameworks,
    pattern(['node:*', '!node:crypto', '!node:util', '../*'], 'sasl/ knows no SMTP, no base64, no sockets.'),
  ),
  forbid([`${ENGINE}/policy/**`], frameworks, pattern(['node:*', '../*'], 'policy/ is pure rules over a view.')),
  forbid(
    [`${ENGINE}/commands/**`],
    frameworks,
    pattern(
      ['node:net', 'node:tls', 'node:stream', '../server.js', '../sasl/*'],
      'Commands know no sockets and no mechanisms.',
    ),
    pattern(['./*', '!./command.js', '!./path-parameters.js', '!./index.js'], 'Commands do not know each other.'),
  ),
  { files: [`${ENGINE}/commands/index.ts`], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  forbid(
    [`${ENGINE}/extensions/**`],
    frameworks,
    pattern(
      ['node:tls', 'node:stream', '../server.js', '../commands/*', '!../commands/command.js'],
      'Extensions know no sockets and no other commands.',
    ),
    pattern(['./*', '!./extension.js', '!./index.js'], 'Extensions do not know each other.'),
  ),
  { files: [`${ENGINE}/extensions/index.ts`], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  forbid(
    [`${ENGINE}/session/**`],
    frameworks,
    pattern(
      ['../server.js', '../extensions/*', '../sasl/*', '../commands/*'],
      'The session gets its commands as a map.',
      {
        allowTypeImports: true,
      },
    ),
  ),
  forbid(
    [`${ENGINE}/compat/**`],
    frameworks,
    pattern(['../commands/*', '!../commands/command.js'], 'A command is the engine’s.'),
  ),
  forbid([`${ENGINE}/server.ts`], frameworks, pattern(['./protocol/*'], 'The server knows no SMTP syntax.')),
  forbid([`${ENGINE}/*.ts`, `${ENGINE}/testing/**`], frameworks),
  forbid(
    ['libs/nestjs-smtp/src/**'],
    nestDeep,
    insides,
    pattern(['node:net', 'node:tls'], 'The wire is the engine’s.'),
  ),
  forbid(
    ['src/**'],
    nestDeep,
    insides,
    pattern(['**/libs/**'], 'The application imports the libraries as a stranger would.'),
  ),
);
