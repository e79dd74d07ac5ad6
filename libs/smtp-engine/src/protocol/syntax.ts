/** The grammar of commands (RFC 5321 §4.1.2, §4.1.3), with UTF-8 as RFC 6531 §3.3 extends it. Rule names are the RFC's. */
const UTF8_NON_ASCII = '\\u{80}-\\u{10ffff}';
/**
 * C1 controls, characters that nobody sees, blanks other than the blank, and what is no character at all: part of no name
 * here, since they only serve to deceive.
 */
const DECEPTIVE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff0-\uffff]|[^\P{Zs} ]/u;
const ATEXT = `[A-Za-z0-9!#$%&'*+/=?^_\`{|}~\\-${UTF8_NON_ASCII}]`;
const QTEXT = `[ !#-\\[\\]-~${UTF8_NON_ASCII}]`;
const DOT_STRING = `${ATEXT}+(?:\\.${ATEXT}+)*`;
const QUOTED_STRING = `"(?:${QTEXT}|\\\\[ -~])*"`;
const LET_DIG = `[A-Za-z0-9${UTF8_NON_ASCII}]`;
const SUB_DOMAIN = `${LET_DIG}(?:[A-Za-z0-9\\-${UTF8_NON_ASCII}]*${LET_DIG})?`;
const DOMAIN = `${SUB_DOMAIN}(?:\\.${SUB_DOMAIN})*`;
const ADDRESS_LITERAL = '\\[[!-Z^-~]+\\]';
const AT_DOMAIN_LIST = `@${DOMAIN}(?:,@${DOMAIN})*:`;

/** `[A-d-l ":"] Mailbox`; groups: local-part, domain. The source route is read over (RFC 5321 §3.6.1 and appendix C). */
const MAILBOX = new RegExp(
  `^(?:${AT_DOMAIN_LIST})?(${DOT_STRING}|${QUOTED_STRING})@(${DOMAIN}|${ADDRESS_LITERAL})$`,
  'u',
);
/** RFC 5321 §4.5.3.1.3: a path has at most 256 octets, its angle brackets included. */
const MAX_PATH_OCTETS = 256;
const PLAIN_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const PLAIN_DOMAIN = '(?:[A-Za-z0-9]+[.-])*[A-Za-z0-9]+';
/** What nearly every client sends; saves the large expression. */
const PLAIN_MAILBOX = new RegExp(`^(${PLAIN_ATOM}(?:\\.${PLAIN_ATOM})*)@(${PLAIN_DOMAIN})$`);
/** Lines in which nearly every client names recipients; their length has to be looked at besides. */
export const PLAIN_RCPT_LINES = new RegExp(
  `(?:RCPT TO:<${PLAIN_ATOM}(?:\\.${PLAIN_ATOM})*@${PLAIN_DOMAIN}>\r\n)+`,
  'y',
);
/** Octets of such a line, line end included. */
export const MAX_PLAIN_RCPT_LINE = 'RCPT TO:\r\n'.length + MAX_PATH_OCTETS;
const IPV4_LITERAL = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const GENERAL_LITERAL = /^[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+$/;
const ESMTP_PARAMETER = new RegExp(`^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~${UTF8_NON_ASCII}]+))?$`, 'u');
// Outlook and some devices send a blank behind the colon, others before it. See docs/quirks.md#blank-after-colon.
const FROM_KEYWORD = /^FROM ?: ?/i;
const TO_KEYWORD = /^TO ?: ?/i;
const POSTMASTER = 'postmaster';

export interface Mailbox {
  /** As sent, source route removed; `''` for `<>`. */
  readonly address: string;
  /** Without the quotes and backslashes of a quoted string. */
  readonly localPart: string;
  readonly domain: string;
}

export interface PathArgument {
  readonly mailbox: Mailbox;
  /** Keyword in capitals → value, or true. */
  readonly parameters: ReadonlyMap<string, string | true>;
}

/** Why an argument was refused. */
export type SyntaxProblem = 'path' | 'parameter' | 'duplicate-parameter';

/** The argument of MAIL: `FROM:<reverse-path>` and parameters. */
export function parseMailArgument(argument: string): PathArgument | SyntaxProblem {
  return parsePathArgument(argument, 'FROM:<', FROM_KEYWORD, parseReversePath);
}

/** The argument of RCPT: `TO:<forward-path>` and parameters; `<postmaster>` needs no domain (RFC 5321 §4.1.1.3). */
export function parseRcptArgument(argument: string): PathArgument | SyntaxProblem {
  return parsePathArgument(argument, 'TO:<', TO_KEYWORD, parseForwardPath);
}

function parseReversePath(path: string): Mailbox | undefined {
  return path === '' ? NULL_MAILBOX : parseMailbox(path);
}

function parseForwardPath(path: string): Mailbox | undefined {
  const isPostmaster = path.length === POSTMASTER.length && path.toLowerCase() === POSTMASTER;
  return isPostmaster ? { address: path, localPart: path, domain: '' } : parseMailbox(path);
}

/** Reads `[source-route] local-part@domain`; undefined when it is none. */
export function parseMailbox(text: string): Mailbox | undefined {
  // A UTF-16 unit has three octets at most.
  if (text.length * 3 > MAX_PATH_OCTETS - 2 && Buffer.byteLength(text) > MAX_PATH_OCTETS - 2) return undefined;
  const plain = PLAIN_MAILBOX.exec(text);
  if (plain !== null) return { address: text, localPart: plain[1]!, domain: plain[2]! };
  const match = MAILBOX.exec(text);
  if (match === null || isDeceptive(text)) return undefined;
  const local = match[1]!;
  const domain = match[2]!;
  if (domain.startsWith('[') && !isAddressLiteral(domain.slice(1, -1))) return undefined;
  return {
    address: `${local}@${domain}`,
    localPart: local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/g, '$1') : local,
    domain,
  };
}

const NULL_MAILBOX: Mailbox = { address: '', localPart: '', domain: '' };
const NO_PARAMETERS: ReadonlyMap<string, string | true> = new Map();

/** @param usual how nearly every client begins it, bracket included; saves the expression */
function parsePathArgument(
  argument: string,
  usual: string,
  keyword: RegExp,
  parsePath: (path: string) => Mailbox | undefined,
): PathArgument | SyntaxProblem {
  const prefix = argument.startsWith(usual) ? usual.length - 1 : keyword.exec(argument)?.[0].length;
  if (prefix === undefined || argument[prefix] !== '<') return 'path';
  const end = endOfPath(argument, prefix + 1);
  if (end < 0) return 'path';
  const mailbox = parsePath(argument.slice(prefix + 1, end));
  if (mailbox === undefined) return 'path';
  const rest = argument.slice(end + 1);
  if (rest === '') return { mailbox, parameters: NO_PARAMETERS };
  if (rest[0] !== ' ') return 'path';
  const parameters = parseParameters(rest);
  return typeof parameters === 'string' ? parameters : { mailbox, parameters };
}

/** The closing bracket; one inside a quoted local-part does not count. */
function endOfPath(text: string, start: number): number {
  if (!text.includes('"')) return text.indexOf('>', start);
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    if (quoted && text[i] === '\\') i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (text[i] === '>' && !quoted) return i;
  }
  return -1;
}

function parseParameters(text: string): ReadonlyMap<string, string | true> | SyntaxProblem {
  const parameters = new Map<string, string | true>();
  for (const item of text.split(' ')) {
    if (item === '') continue;
    const match = ESMTP_PARAMETER.exec(item);
    if (match === null || isDeceptive(item)) return 'parameter';
    const keyword = match[1]!.toUpperCase();
    if (parameters.has(keyword)) return 'duplicate-parameter';
    parameters.set(keyword, match[2] ?? true);
  }
  return parameters;
}

/** RFC 5321 §4.1.3, the text between the brackets. */
export function isAddressLiteral(text: string): boolean {
  if (/^IPv6:/i.test(text)) return URL.canParse(`http://[${text.slice(5)}]`) && !text.includes('%');
  return IPV4_LITERAL.test(text) || GENERAL_LITERAL.test(text);
}

/** Whether a text needs SMTPUTF8 (RFC 6531). */
export function isNonAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return true;
  return false;
}

function isDeceptive(text: string): boolean {
  return isNonAscii(text) && DECEPTIVE.test(text);
}
