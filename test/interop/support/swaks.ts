import { FROM, MAIL, TO } from './mail.js';
import { temporaryFile } from './temporary.js';

/** Arguments with which swaks sends the test's mail, or another text. */
export function swaksArguments(port: number, args: readonly string[], text = MAIL): string[] {
  // It adds a line end of its own.
  const data = temporaryFile('swaks-mail', text.replace(/\r\n$/, ''));
  const mail = ['--from', FROM, '--to', TO.join(','), '--data', `@${data}`];
  return ['--server', '127.0.0.1', '--port', String(port), '--helo', 'laptop', ...mail, ...args];
}
