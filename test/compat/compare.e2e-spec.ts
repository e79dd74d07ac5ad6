// The judge of the differential test, judged: a difference is found where there is one, and an entry of differences.json
// excuses what it describes and nothing else.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Difference {
  readonly where: 'wire' | 'handlers';
  readonly after: string;
  readonly original: readonly string[];
  readonly ours: readonly string[];
}
interface Played {
  readonly steps: readonly { sent: string; got: readonly string[] }[];
  readonly journal: readonly string[];
}
interface Dialogue {
  readonly setup: Record<string, unknown>;
  readonly steps: readonly unknown[];
}
interface Entry {
  readonly id: string;
  readonly match: Record<string, unknown>;
  readonly diverges?: boolean;
}
interface Judge {
  differences(original: Played, ours: Played): Difference[];
  readEntries(entries: readonly Entry[]): (Entry & { met: number })[];
  unmet(entries: unknown): Entry[];
  unexplained(found: Difference[], dialogue: Dialogue, entries: unknown): (Difference & { claimed: string[] })[];
}

const folder = new URL('differential/', import.meta.url);
let judge: Judge;
beforeAll(async () => {
  judge = (await import(fileURLToPath(new URL('compare.mjs', folder)))) as Judge;
});

const played = (got: readonly string[], journal: readonly string[] = [], sent = 'NOOP\\r\\n'): Played => ({
  steps: [{ sent, got }],
  journal,
});
const lines = (...octets: readonly string[]): unknown[] => octets.map((line) => ({ do: 'send', octets: line }));
const dialogue: Dialogue = { setup: { size: 10 }, steps: lines('EHLO a\r\n', 'NOOP\r\n') };

describe('differences', () => {
  test('none where both say and see the same', () => {
    const one = played(['250 OK'], ['onClose#1 session 1']);
    expect(judge.differences(one, one)).toEqual([]);
  });

  test('another text, a missing line, one too many, one more step', () => {
    const found = (original: readonly string[], ours: readonly string[]) =>
      judge.differences(played(original), played(ours)).map(({ original: a, ours: b }) => [a, b]);
    expect(found(['250 OK'], ['250 ok'])).toEqual([[['250 OK'], ['250 ok']]]);
    expect(found(['250 a', '250 | b', '250 | c'], ['250 a', '250 | c'])).toEqual([[['250 | b'], []]]);
    expect(found(['250 a'], ['250 a', '(closed by the server)'])).toEqual([[[], ['(closed by the server)']]]);
    expect(judge.differences(played(['250 a']), { steps: [], journal: [] })).toMatchObject([
      { ours: ['(not played)'] },
    ]);
  });

  test('what handlers saw, fact by fact, even where two differ in a row', () => {
    const seen = (id: string, user: string): Played => played([], [`onAuth#1 id ${id}`, `onAuth#1 user ${user}`]);
    expect(judge.differences(seen('1', 'me'), seen('2', 'you'))).toEqual([
      { where: 'handlers', after: '', original: ['onAuth#1 id 1'], ours: ['onAuth#1 id 2'] },
      { where: 'handlers', after: '', original: ['onAuth#1 user me'], ours: ['onAuth#1 user you'] },
    ]);
    expect(judge.differences(played([], ['a#1 x 1']), played([]))).toMatchObject([{ original: ['a#1 x 1'], ours: [] }]);
  });

  test('the order of what was seen', () => {
    expect(judge.differences(played([], ['a#1 x', 'b#1 x']), played([], ['b#1 x', 'a#1 x']))).not.toEqual([]);
  });
});

describe('entries', () => {
  const found = (): Difference[] => judge.differences(played(['250 OK']), played(['250 ok']));
  const fitting: Entry = { id: 'one', match: { where: 'wire', after: 'NOOP.*', change: '250 OK => 250 ok' } };

  test('one that fits excuses, and is met', () => {
    const entries = judge.readEntries([fitting]);
    expect(judge.unexplained(found(), dialogue, entries)).toEqual([]);
    expect(entries[0]!.met).toBe(1);
    expect(judge.unmet(entries)).toEqual([]);
  });

  test.each<[what: string, match: Record<string, unknown>]>([
    ['of the other place', { where: 'handlers' }],
    ['of another step', { after: 'NOO' }],
    ['of a part of the change', { change: '250 OK => 250' }],
    ['of the change turned round', { change: '250 ok => 250 OK' }],
    ['of a dialogue in which something is said', { sent: '^QUIT' }],
    ['of a dialogue in which something is said twice', { sentTwice: '(EHLO)' }],
    ['of an option', { options: { size: 11 } }],
    ['of an option that is not there', { options: { size: null } }],
  ])('one %s does not, and is not met', (_what, other) => {
    const entries = judge.readEntries([{ id: 'other', match: { ...fitting.match, ...other } }]);
    expect(judge.unexplained(found(), dialogue, entries)).toMatchObject([{ claimed: [] }]);
    expect(judge.unmet(entries)).toMatchObject([{ id: 'other' }]);
  });

  test('two that fit excuse nothing', () => {
    const entries = judge.readEntries([fitting, { ...fitting, id: 'two' }]);
    expect(judge.unexplained(found(), dialogue, entries)).toMatchObject([{ claimed: ['one', 'two'] }]);
  });

  test('what is said twice, in small letters too', () => {
    const entries = judge.readEntries([{ ...fitting, match: { ...fitting.match, sentTwice: 'RCPT TO:<(.*?)>' } }]);
    const twice = { ...dialogue, steps: lines('RCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\n', 'rcpt to:<A@b>\r\n') };
    expect(judge.unexplained(found(), twice, entries)).toEqual([]);
    const once = { ...dialogue, steps: lines('RCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\n') };
    expect(judge.unexplained(found(), once, entries)).toHaveLength(1);
  });

  test('where the sides part nothing more is compared; elsewhere it goes on', () => {
    const two = (): Difference[] => judge.differences(played(['250 OK'], ['a#1 x 1']), played(['250 ok'], ['a#1 x 2']));
    expect(judge.unexplained(two(), dialogue, judge.readEntries([{ ...fitting, diverges: true }]))).toEqual([]);
    expect(judge.unexplained(two(), dialogue, judge.readEntries([fitting]))).toMatchObject([{ where: 'handlers' }]);
  });
});

test('the original does not differ from itself, and a run says so by its exit', () => {
  const run = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('run.mjs', folder)), '--self', '--only', 'messages/lmtp'],
    {
      env: { ...process.env, RUNS: '0' },
      encoding: 'utf8',
    },
  );
  expect(run.stdout).toMatch(/ 0 failures: ok\n$/);
  expect(run.status).toBe(0);
}, 60_000);

test('the guide names every entry of differences.json, and no other', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const entries = JSON.parse(read('differences.json')) as Entry[];
  const [, table = ''] = read('../../docs/guide/migration-smtp-server.md').split('| in differences.json');
  const rows = table.split('\n\n')[0]!.split('\n').slice(2);
  const named = rows.flatMap((row) =>
    [
      ...row
        .split('|')
        .at(-2)!
        .matchAll(/`([^`]+)`/g),
    ].map(([, id]) => id),
  );
  expect(named.sort()).toEqual(entries.map(({ id }) => id).sort());
});
