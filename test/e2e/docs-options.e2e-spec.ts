import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { optionNames } from 'smtp-engine';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The rows under a heading, cell by cell, without the head of the table. */
function rowsUnder(page: string, heading: string): readonly (readonly string[])[] {
  const section = read(page).split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => line.split('|').slice(1, -1));
}

/** What stands between backquotes and is a plain name. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
}

/** Members of the interfaces in a file of types. */
function membersIn(file: string, indent: string): readonly string[] {
  return [...read(file).matchAll(new RegExp(`^${indent}(?:readonly )?(\\w+)\\?[:(]`, 'gm'))].map(([, name]) => name!);
}

const ofEngine = Object.values(optionNames).flat();

describe('the options of smtp-server', () => {
  const types = read('node_modules/smtp-server/dist/esm/types.d.ts');
  const body = /interface SMTPServerOptions [^{]*\{([^]*?)^\}/m.exec(types)![1]!;
  const theirs = [...body.matchAll(/^ {4}(\w+)\?[:(]/gm)].map(([, name]) => name!);

  test('are all in the tables of the page on migration', () => {
    const page = 'docs/guide/migration-smtp-server.md';
    const named = new Set(namesIn(rowsUnder(page, 'Options').flat().join(' ')));
    const callbacks = rowsUnder(page, 'Handlers').flatMap(([theirName]) => /`(on\w+)\(/.exec(theirName!)?.[1] ?? []);
    expect(theirs.length).toBeGreaterThan(40);
    expect(theirs.filter((name) => !named.has(name) && !callbacks.includes(name))).toEqual([]);
  });
});

describe('the tables of options name what is there, and all of it', () => {
  const folder = 'libs/nestjs-smtp/src/interfaces/';
  const ofNest = readdirSync(new URL(folder, root))
    .filter((file) => /^(smtp-module-options|routing-options|inheritance)\./.test(file))
    .flatMap((file) => membersIn(`${folder}${file}`, '  '));

  test.each([
    ['libs/smtp-engine/README.md', ofEngine],
    ['libs/nestjs-smtp/README.md', [...ofEngine, ...ofNest]],
  ])('%s', (page, known) => {
    const named = rowsUnder(page, 'Options').flatMap(([options]) => namesIn(options!));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('every option of the engine is in its README', () => {
    const page = 'libs/smtp-engine/README.md';
    const named = new Set(namesIn(read(page).split('\n## Options\n')[1]!.split('\n## ')[0]!));
    expect(ofEngine.filter((name) => !named.has(name))).toEqual([]);
  });

  test('every option that the module adds is in its README', () => {
    const named = new Set(rowsUnder('libs/nestjs-smtp/README.md', 'Options').flatMap(([options]) => namesIn(options!)));
    const kinds = ['guards', 'pipes', 'interceptors', 'filters']; // of `inherit`
    expect(ofNest.filter((name) => !named.has(name) && !kinds.includes(name))).toEqual([]);
  });
});
