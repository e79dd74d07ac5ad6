import { diagnostics } from '../diagnostics.js';
import type { LineDecoder } from '../protocol/line-decoder.js';
import { MAX_PLAIN_RCPT_LINE, PLAIN_RCPT_LINES } from '../protocol/syntax.js';
import { replies } from '../reply.js';
import type { Session } from './session.js';

/**
 * Takes recipients that nobody wants to see, as many as come in a row: a client that pipelines hundreds pays for a glance at
 * their lines. They are those that the command RCPT would accept without asking anybody; all others are left to it.
 *
 * @returns the replies to them, `''` where there are none
 */
export function takeUnseenRecipients(lines: LineDecoder, session: Session): string {
  if (session.phase !== 'rcpt' || !isNobodyAsked(session)) return '';
  const { recipients } = session.current!;
  const room = session.options.maxRecipients - recipients.mostly;
  const run = room > 0 ? lines.peekMatching(PLAIN_RCPT_LINES) : undefined;
  const count = run === undefined ? 0 : countLines(run);
  if (count === 0 || count > room) return '';
  lines.skip(run!.length);
  recipients.addWaiting(run!, count);
  return replies.recipientOk.toOctets(!session.options.hideENHANCEDSTATUSCODES).repeat(count);
}

/** Whether neither the application nor anybody who watches learns of a recipient before the message. */
function isNobodyAsked({ backend, options, conversation }: Session): boolean {
  return (
    backend.rcpt === undefined &&
    backend.command === undefined &&
    conversation.refusal === undefined &&
    !options.takesRecipientsOneByOne &&
    !diagnostics.command.hasSubscribers &&
    !diagnostics.reply.hasSubscribers
  );
}

/** How many lines there are; 0 where one is longer than it may be. */
function countLines(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length; count++) {
    const end = text.indexOf('\n', start) + 1;
    if (end - start > MAX_PLAIN_RCPT_LINE) return 0;
    start = end;
  }
  return count;
}
