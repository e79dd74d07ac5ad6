import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands, lmtpCommands } from '../../libs/smtp-engine/src/commands/index.js';
import { readTranscripts } from '../support/transcripts.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

describe('the documents', () => {
  test('docs/architecture.md has the table of phases that the command list has', () => {
    const phases = ['connected', 'ready', 'mail', 'rcpt', 'bdat'] as const;
    const expected = [...new Set([...commands, ...lmtpCommands])].map(({ verb, phases: allowed, requiresLogin }) =>
      [verb, ...phases.map((phase) => (allowed.includes(phase) ? '✓' : '')), requiresLogin ? 'required' : ''].join('|'),
    );
    const table = /<!-- phases:.*?-->([\s\S]*?)<!-- \/phases -->/.exec(read('docs/architecture.md'))![1]!;
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2)
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
          .join('|'),
      );
    expect(rows.sort()).toEqual(expected.sort());
  });

  const coverage = read('docs/rfc-coverage.md');
  // Each row: what it is about in several cells, where it is, what shows it.
  const rows = coverage
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:-|RFC |specification )/.test(line))
    .map((line) => line.split('|').slice(1, -1));

  test('docs/rfc-coverage.md names files that are there', () => {
    const files = [...coverage.matchAll(/`((?:libs|src|test)\/[^`]+)`/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((cells) => !/`libs\//.test(cells.at(-2)!)).map(String)).toEqual([]);
  });

  test('docs/rfc-coverage.md names transcripts that are there, or other tests, for each row', () => {
    const isTest = (file: string): boolean => /spec\.ts$|^test\/transcripts\/[^/]+\.md$/.test(file);
    for (const cells of rows) {
      const shown = [...cells.at(-1)!.matchAll(/`([^`]+)`|“([^”]+)”/g)];
      const titles = new Map<string, string[]>();
      let file = '';
      for (const [, named, title] of shown) {
        if (named !== undefined) titles.set((file = named), titles.get(named) ?? []);
        else titles.get(file)!.push(title!);
      }
      const tests = [...titles.keys()];
      expect([cells[0], tests.length > 0, tests.filter((name) => !isTest(name))]).toEqual([cells[0], true, []]);
      for (const [name, wanted] of titles) {
        const known = name.endsWith('.md') ? readTranscripts(fileURLToPath(new URL(name, root))) : [];
        expect(known.map(({ title }) => title)).toEqual(expect.arrayContaining(wanted));
      }
    }
  });

  const guide = readdirSync(new URL('docs/guide/', root)).map((page) => `docs/guide/${page}`);
  const libraries = ['libs/smtp-engine/README.md', 'libs/nestjs-smtp/README.md'];

  test.each([
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/architecture.md',
    'examples/README.md',
    ...libraries,
    ...guide,
  ])('%s links to what is there, headings included', (page) => {
    const base = new URL(page, root);
    const links = [...read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)].map(([, file = '', heading]) => {
      const target = file === '' ? base : new URL(file, base);
      return { link: `${file}#${heading ?? ''}`, target, heading };
    });
    const broken = links.filter(({ target, heading }) => {
      if (!existsSync(target)) return true;
      return heading !== undefined && !headingsOf(readFileSync(target, 'utf8')).includes(heading);
    });
    expect(broken.map(({ link }) => link)).toEqual([]);
  });
});

/** As they are linked to: small letters, hyphens for blanks, no other signs. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}
