import { isUtf8 } from 'node:buffer';
import { LINE_TOO_LONG } from '../protocol/line-decoder.js';
import { isNonAscii } from '../protocol/syntax.js';
import { replies, Reply } from '../reply.js';

const TAB = 0x09;
const BLANK = 0x20;
const DELETE = 0x7f;
const CRLF_LENGTH = 2;
/** What nearly every line begins with: found by a number, so that no string is cut out and turned into capitals. */
const USUAL_VERBS: ReadonlyMap<number, string> = new Map(
  ['MAIL', 'RCPT', 'DATA', 'BDAT', 'RSET', 'NOOP', 'QUIT', 'EHLO', 'HELO', 'AUTH'].map((verb) => [keyOf(verb), verb]),
);

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
export function readLaxCommandLine(line: string | typeof LINE_TOO_LONG, maxCommandLength: number): CommandLine {
  if (line === LINE_TOO_LONG) return unreadable(replies.lineTooLong);
  const text = isNonAscii(line) ? Buffer.from(line, 'latin1').toString('utf8') : line;
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
export function readCommandLine(
  line: string | typeof LINE_TOO_LONG,
  maxCommandLength: number,
  isPlain = false,
): CommandLine {
  if (line === LINE_TOO_LONG) return unreadable(replies.lineTooLong);
  const text = isPlain ? line : decode(line);
  if (text instanceof Reply) return unreadable(text);
  const { verb, args } = split(text.trimEnd());
  const tooLong = line.length + CRLF_LENGTH > maxCommandLength && verb !== 'AUTH';
  return { verb, args, problem: tooLong ? replies.lineTooLong : undefined };
}

/** The text of a line, or the reply to one that has none. */
function decode(line: string): string | Reply {
  let isAscii = true;
  for (let at = 0; at < line.length; at++) {
    const octet = line.charCodeAt(at);
    if (octet > DELETE) isAscii = false;
    else if (octet === DELETE || (octet < BLANK && octet !== TAB)) return replies.controlCharacters;
  }
  if (isAscii) return line;
  const octets = Buffer.from(line, 'latin1');
  return isUtf8(octets) ? octets.toString('utf8') : replies.invalidUtf8;
}

function split(text: string): { verb: string; args: string } {
  const usual = usualVerb(text);
  if (usual !== undefined) return { verb: usual, args: text.slice(usual.length + 1) };
  const space = text.indexOf(' ');
  const word = space < 0 ? text : text.slice(0, space);
  // Letters beyond ASCII have capitals within it, such as the dotless i: they make no verb.
  const verb = isNonAscii(word) ? word : word.toUpperCase();
  // Without a verb nobody knows what the rest is: it may be a password.
  return { verb, args: space <= 0 ? '' : text.slice(space + 1) };
}

function unreadable(problem: Reply): CommandLine {
  return { verb: '', args: '', problem };
}

function usualVerb(text: string): string | undefined {
  return text.length === 4 || text[4] === ' ' ? USUAL_VERBS.get(keyOf(text)) : undefined;
}

/** The first four letters, whatever their case, as a number. */
function keyOf(text: string): number {
  let key = 0;
  for (let at = 0; at < 4; at++) {
    // A letter and its capital differ by one bit. What is no octet of ASCII must not become one.
    const code = text.charCodeAt(at);
    key = (key << 8) | (code > DELETE ? 0 : code & 0xdf);
  }
  return key;
}
