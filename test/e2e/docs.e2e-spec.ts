import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { commands, lmtpCommands } from '../../libs/smtp-engine/src/commands/index.js';

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

  test('docs/rfc-coverage.md names files that are there', () => {
    const files = [...read('docs/rfc-coverage.md').matchAll(/`((?:libs|src)\/[^`]+)`/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });

  test.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/architecture.md'])(
    '%s links to what is there',
    (page) => {
      const base = new URL(page, root);
      const links = [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
      expect(links.filter((link) => !existsSync(new URL(link, base)))).toEqual([]);
    },
  );
});
