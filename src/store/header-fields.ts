import libmime from 'libmime';

/** The header fields that lists show, decoded; `''` for one that is not there. */
export interface HeaderFields {
  readonly subject: string;
  readonly from: string;
}

/** How much of a mail is searched for its header section, in octets. */
export const HEADER_SECTION_BYTES = 64 * 1024;
// A field longer than this is cut before it is decoded: what decoding costs must have a bound.
const RAW_FIELD_BYTES = 8 * 1024;
const DECODED_FIELD_CHARACTERS = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const windows1252 = new TextDecoder('windows-1252');

/**
 * Reads Subject and From out of the first bytes of a mail. Never throws: a mail need not be well-formed to be kept.
 *
 * @param mail the mail from its first octet on; what lies beyond 64 KiB is not looked at
 */
export function readHeaderFields(mail: Uint8Array): HeaderFields {
  // latin1 keeps octets and characters one to one; a field gets its true charset after it is found.
  const start = Buffer.from(mail.buffer, mail.byteOffset, Math.min(mail.length, HEADER_SECTION_BYTES)).toString(
    'latin1',
  );
  const section = headerSection(start);
  return { subject: decodeField(rawField(section, 'subject')), from: decodeField(rawField(section, 'from')) };
}

/** What stands before the first empty line. */
function headerSection(text: string): string {
  if (/^\r?\n/.test(text)) return '';
  const end = /\n\r?\n/.exec(text);
  return end ? text.slice(0, end.index) : text;
}

/** The first field of that name, folded as it came: the name starts a line, so it never is a continuation. */
function rawField(section: string, name: 'subject' | 'from'): string {
  const field = new RegExp(String.raw`(?:^|\n)${name}[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)`, 'i').exec(section);
  return field?.[1] ?? '';
}

function decodeField(raw: string): string {
  // RFC 5322 §2.2.3: unfolding removes the line break only.
  const unfolded = raw.slice(0, RAW_FIELD_BYTES).replace(/\r?\n/g, '');
  const text = decodeOctets(Buffer.from(unfolded, 'latin1'));
  const decoded = text.includes('=?') ? decodeWords(text) : text;
  return truncate(decoded.replace(/\p{Cc}+/gu, ' ').trim());
}

/** Raw 8-bit text is UTF-8 by RFC 6532; old devices send their code page, mostly Latin. */
function decodeOctets(octets: Uint8Array): string {
  try {
    return utf8.decode(octets);
  } catch {
    return windows1252.decode(octets);
  }
}

/** RFC 2047 words. A word in a charset that nobody knows stays as it came. */
function decodeWords(text: string): string {
  try {
    return libmime.decodeWords(text);
  } catch {
    return text;
  }
}

function truncate(text: string): string {
  // Not in the middle of a surrogate pair.
  return text.slice(0, DECODED_FIELD_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '');
}
