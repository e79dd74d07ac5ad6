import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

/** Package entry → a name it must export. */
const ENTRIES = [
  ['smtp-engine', 'SmtpServer'],
  ['smtp-engine/testing', 'connectInMemory'],
  ['nestjs-smtp', 'SmtpModule'],
  ['nestjs-smtp/testing', 'connectTestClient'],
] as const;

describe('the packages, as plain Node sees them after a build', () => {
  test.each(ENTRIES)('%s is imported from its dist folder', (entry, name) => {
    const code = `console.log(import.meta.resolve('${entry}')); console.log(typeof (await import('${entry}')).${name});`;
    const [where, type] = run('--input-type=module', '-e', code).trim().split('\n');
    expect(where).toMatch(/\/libs\/[a-z-]+\/dist\//);
    expect(type).toBe('function');
  });

  // No top-level await anywhere in them, so that CommonJS applications can load them too.
  test.each(ENTRIES)('%s can be required', (entry, name) => {
    expect(run('--no-warnings', '-e', `console.log(typeof require('${entry}').${name})`).trim()).toBe('function');
  });
});
