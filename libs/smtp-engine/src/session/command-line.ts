import { isUtf8 } from 'node:buffer';
import { LINE_TOO_LONG } from '../protocol/line-decoder.js';
import { isNonAscii } from '../protocol/syntax.js';
import { replies, type Reply } from '../reply.js';

const TAB = 0x09;
const BLANK = 0x20;
const DELETE = 0x7f;
const CRLF_LENGTH = 2;

/** A complete line where a command is expected. */
export interface CommandLine {
  /** In capitals, known or not; `''` for an empty or unreadable line. */
  readonly verb: string;
  /** What follows the verb; white space at the end is read over (RFC 5321 §4.1.1). */
  readonly args: string;
  /** Set where the line cannot be a command at all: the reply to it. */
  readonly problem: Reply | undefined;
}

/**
 * Reads a line as verb and arguments whatever its octets are (`commandSyntax: 'lax'`): what is no UTF-8 becomes U+FFFD. The
 * verb is what stands before the first blank, other white space and controls included, so that they make it an unknown one.
 */
export function readLaxCommandLine(line: Buffer | typeof LINE_TOO_LONG, maxCommandLength: number): CommandLine {
  if (line === LINE_TOO_LONG) return unreadable(replies.lineTooLong);
  const text = line.toString('utf8');
  const space = text.indexOf(' ');
  const word = space < 0 ? text : text.slice(0, space);
  const args = space <= 0 ? '' : text.slice(space + 1).trimEnd();
  const tooLong = line.length + CRLF_LENGTH > maxCommandLength;
  return {
    verb: isNonAscii(word) ? word : word.toUpperCase(),
    args,
    problem: tooLong ? replies.lineTooLong : undefined,
  };
}

/** Reads a line as verb and arguments; only AUTH may be longer than `maxCommandLength` octets. */
export function readCommandLine(line: Buffer | typeof LINE_TOO_LONG, maxCommandLength: number): CommandLine {
  if (line === LINE_TOO_LONG) return unreadable(replies.lineTooLong);
  let isAscii = true;
  for (let at = 0; at < line.length; at++) {
    const octet = line[at]!;
    if (octet > DELETE) isAscii = false;
    else if (octet === DELETE || (octet < BLANK && octet !== TAB)) return unreadable(replies.controlCharacters);
  }
  if (!isAscii && !isUtf8(line)) return unreadable(replies.invalidUtf8);
  const text = line.toString(isAscii ? 'latin1' : 'utf8').trimEnd();

  const space = text.indexOf(' ');
  const word = space < 0 ? text : text.slice(0, space);
  // Letters beyond ASCII have capitals within it, such as the dotless i: they make no verb.
  const verb = isAscii || !isNonAscii(word) ? word.toUpperCase() : word;
  // Without a verb nobody knows what the rest is: it may be a password.
  const args = space <= 0 ? '' : text.slice(space + 1);
  const tooLong = line.length + CRLF_LENGTH > maxCommandLength && verb !== 'AUTH';
  return { verb, args, problem: tooLong ? replies.lineTooLong : undefined };
}

function unreadable(problem: Reply): CommandLine {
  return { verb: '', args: '', problem };
}
