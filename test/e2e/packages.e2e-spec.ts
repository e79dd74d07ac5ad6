import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

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

/** What the published types of a library may import: what its package.json makes sure of, and no optional peer. */
const TYPES_FROM: Readonly<Record<string, readonly string[]>> = {
  'smtp-engine': [],
  'nestjs-smtp': [
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/microservices',
    'rxjs',
    'smtp-engine',
    'smtp-engine/testing',
  ],
};

describe.each(Object.entries(TYPES_FROM))('the built types of %s', (library, allowed) => {
  const dist = join(root, 'libs', library, 'dist');
  const program = ts.createProgram([join(dist, 'index.d.ts'), join(dist, 'testing/index.d.ts')], {
    module: ts.ModuleKind.NodeNext,
  });
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${dist}/`));

  test('import nothing but what its users have installed', () => {
    const imported = files.flatMap(({ fileName }) => {
      const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(readFileSync(fileName, 'utf8'));
      return [...importedFiles, ...typeReferenceDirectives].map(({ fileName: name }) => name);
    });
    expect(files.length).toBeGreaterThan(10);
    const isAllowed = (name: string): boolean => /^\.{1,2}\//.test(name) || isBuiltin(name) || allowed.includes(name);
    expect(imported.filter((name) => !isAllowed(name))).toEqual([]);
  });

  test('may rely on no optional peer', () => {
    const {
      dependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = JSON.parse(readFileSync(join(root, 'libs', library, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
    const installed = Object.keys({ ...dependencies, ...peerDependencies }).filter(
      (name) => !(name in peerDependenciesMeta),
    );
    const packages = allowed.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
    expect(packages.filter((name) => !installed.includes(name))).toEqual([]);
  });
});
