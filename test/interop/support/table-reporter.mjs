import { readFileSync } from 'node:fs';

const PAGE = new URL('../../../docs/guide/interoperability.md', import.meta.url);

/** Prints a line for each client and case, and checks that the guide lists exactly the cases that ran. */
export default class TableReporter {
  rows = [];
  error = undefined;

  constructor(globalConfig) {
    this.isWhole = globalConfig.testPathPatterns.patterns.length === 0 && !globalConfig.testNamePattern;
  }

  onTestResult(_test, { testResults }) {
    for (const { ancestorTitles, title, status, duration } of testResults) {
      if (status === 'pending' && !this.isWhole) continue; // left out by name
      this.rows.push({ client: ancestorTitles[0], what: title, ok: status === 'passed', duration });
    }
  }

  onRunComplete() {
    const width = Math.max(...this.rows.map(({ client }) => client.length));
    const lines = this.rows.map(({ client, what, ok, duration }) => {
      return `${ok ? 'ok    ' : 'FAILED'}  ${client.padEnd(width)}  ${what} (${duration ?? 0} ms)`;
    });
    const failed = this.rows.filter(({ ok }) => !ok).length;
    process.stdout.write(`\n${lines.sort().join('\n')}\n\n${this.rows.length - failed} ok, ${failed} failed\n`);
    if (this.isWhole) this.compareWithGuide();
  }

  compareWithGuide() {
    const table = /<!-- cases -->([\s\S]*?)<!-- \/cases -->/.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
    const listed = table
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2)
      .map((line) =>
        line
          .split('|')
          .slice(1, 3)
          .map((cell) => cell.trim())
          .join(' | '),
      );
    const ran = this.rows.map(({ client, what }) => `${client} | ${what}`);
    const unlisted = ran.filter((row) => !listed.includes(row));
    const stale = listed.filter((row) => !ran.includes(row));
    if (unlisted.length + stale.length === 0) return;
    const say = (what, rows) => (rows.length === 0 ? '' : `\n${what}:\n${rows.map((row) => `| ${row} |`).join('\n')}`);
    const message = `docs/guide/interoperability.md does not list what runs${say('missing', unlisted)}${say('not run', stale)}`;
    process.stderr.write(`${message}\n`);
    this.error = new Error(message);
  }

  getLastError() {
    return this.error;
  }
}
