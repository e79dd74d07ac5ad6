import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFixture, StorageProcess } from '../../test/support/storage.js';

const SMALL = '2000';
const LARGE = '1048576';

const strace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']);
const missing = strace.error?.message ?? (strace.status === 0 ? undefined : strace.stderr.toString().trim());

if (missing !== undefined) {
  test.skip(`what the disk is told: strace does not run here (${missing})`, () => undefined);
} else {
  describe('what the disk is told', () => {
    let folder: string;
    let root: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'disk-failure-'));
      root = join(folder, 'data');
      // Folders and schema are made before anything is watched.
      await (await new StorageFixture(root).open()).close();
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    /** Accepts mails one after the other, with its system calls in a log. */
    const traced = (mails: string, octets: string, ...options: string[]): StorageProcess =>
      new StorageProcess(
        root,
        ['write', mails, octets, '1'],
        ['strace', '-f', '-y', '-s', '64', '-o', join(folder, 'log'), ...options],
      );

    const log = async (): Promise<string[]> => completed(await readFile(join(folder, 'log'), 'utf8'));

    test.each([
      ['a small mail', SMALL, ['pwrite64 mail.sqlite-wal', 'fsync mail.sqlite-wal']],
      [
        'a large mail',
        LARGE,
        [
          'write tmp/*',
          'fsync tmp/*',
          'fsync blobs',
          'rename tmp/* blobs/*',
          'fsync blobs/*',
          'pwrite64 mail.sqlite-wal', // the head of a new log, then the row
          'fsync mail.sqlite-wal',
          'pwrite64 mail.sqlite-wal',
          'fsync mail.sqlite-wal',
        ],
      ],
    ])('%s is synced, step by step, before it is acknowledged', async (_what, octets, wanted) => {
      const child = traced('1', octets, '-e', 'trace=fsync,fdatasync,rename,write,pwrite64');
      await child.untilLines(2);
      expect(await child.end()).toBe(0);
      const lines = await log();
      const acknowledged = lines.findIndex((line) => line.includes(child.lines[0] ?? '-') && line.includes('write(1<'));
      const steps = stepsIn(root, lines.slice(0, acknowledged));
      expect(steps.slice(-wanted.length)).toEqual(wanted);
    });

    test.each([
      ['the log', SMALL, ['-P', 'mail.sqlite-wal', '-P', 'mail.sqlite'], 8],
      ['a blob or a directory', LARGE, [], 4],
    ])('a failed sync of %s stops the process, and nothing is synced again', async (_what, octets, paths, when) => {
      const watched = paths.map((option) => (option === '-P' ? option : join(root, option)));
      const inject = ['-e', 'trace=fsync', '-e', `inject=fsync:error=EIO:when=${when}+`];
      const child = traced('1000', octets, ...watched, ...inject);
      await child.untilLines(2000);
      expect(await child.end()).toBe(1);
      expect(child.lines.filter((line) => line.startsWith('StoreStoppedError: '))).toHaveLength(1);
      const results = (await log()).filter((line) => line.includes('fsync(')).map((line) => line.includes('EIO'));
      expect(results.indexOf(true)).toBe(results.length - 1);

      const fixture = await new StorageFixture(root).open();
      const acknowledged = child.lines.filter((line) => /^[0-9a-f-]{36}$/.test(line));
      for (const id of acknowledged) expect(await fixture.bytesOf(id)).toHaveLength(Number(octets));
      expect(acknowledged.length).toBeGreaterThan(0);
      await fixture.close();
    });
  });
}

/** The lines of a trace in the order in which calls ended; a call that strace split in two is made whole. */
function completed(trace: string): string[] {
  const begun = new Map<string, string>();
  const lines: string[] = [];
  for (const line of trace.split('\n')) {
    const thread = line.split(' ', 1)[0] ?? '';
    if (line.includes('<unfinished ...>')) begun.set(thread, line.replace('<unfinished ...>', ''));
    else if (line.includes(' resumed>')) lines.push((begun.get(thread) ?? '') + line.replace(/^.*resumed>/, ''));
    else lines.push(line);
  }
  return lines;
}

/** Calls on what is in the folder, as `call place`; repeated ones once. */
function stepsIn(root: string, lines: readonly string[]): string[] {
  const steps = lines.flatMap((line) => {
    const call = /^\d+ +(\w+)\(/.exec(line)?.[1] ?? '';
    const places = [...line.matchAll(new RegExp(`${root}/([^>"]+)`, 'g'))].map(([, path = '']) =>
      path.replace(/^(tmp|blobs)\/.+/, '$1/*'),
    );
    return places.length === 0 ? [] : [[call, ...places].join(' ')];
  });
  return steps.filter((step, index) => step !== steps[index - 1]);
}
