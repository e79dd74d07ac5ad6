import { decodeXtext } from './xtext.js';

/** When the sender wants to hear what became of the message; `NEVER` stands alone (RFC 3461 §4.1). */
export type NotifyValue = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

const NOTIFY_VALUES: ReadonlySet<string> = new Set<NotifyValue>(['NEVER', 'SUCCESS', 'FAILURE', 'DELAY']);
/** RFC 3461 §4.4: an envelope identifier has at most 100 characters, before it is encoded. */
const MAX_ENVID_LENGTH = 100;
/** RFC 3461 §4.2: the value of ORCPT has at most 500 characters. */
const MAX_ORCPT_LENGTH = 500;
const PRINTABLE_ASCII = /^[ -~]+$/;
/** RFC 3461 §4.2: addr-type is an atom. */
const ORCPT = /^([A-Za-z0-9!#$%&'*+/?^_`{|}~-]+);(.+)$/u;
/** RFC 6533 §3: an address of type utf-8 may be UTF-8, or have its characters written as `\x{hex}`. */
const EMBEDDED_CHARACTER = /\\x\{([0-9A-F]{2,6})\}/g;
const UTF8_ADDRESS = /^(?:[!-*,-<>-[\]-~\u{a0}-\u{10ffff}]|\\x\{[0-9A-F]{2,6}\})+$/u;
const MAX_CODE_POINT = 0x10ffff;
const isControl = (code: number): boolean => code < 0x20 || (code >= 0x7f && code < 0xa0);
const isSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xe000;

/** NOTIFY of RCPT; undefined when it is malformed. A repeated value counts once. */
export function parseNotify(text: string): NotifyValue[] | undefined {
  const values = [...new Set(text.toUpperCase().split(','))];
  if (!values.every((value) => NOTIFY_VALUES.has(value))) return undefined;
  return values.includes('NEVER') && values.length > 1 ? undefined : (values as NotifyValue[]);
}

/** ENVID of MAIL, decoded; undefined when it is malformed. */
export function parseEnvid(text: string): string | undefined {
  const envid = decodeXtext(text);
  return envid !== undefined && envid.length <= MAX_ENVID_LENGTH && PRINTABLE_ASCII.test(envid) ? envid : undefined;
}

/** ORCPT of RCPT as `addr-type;address`, the address decoded; undefined when it is malformed. */
export function parseOrcpt(text: string): string | undefined {
  const match = text.length <= MAX_ORCPT_LENGTH ? ORCPT.exec(text) : null;
  if (match === null) return undefined;
  const type = match[1]!;
  const address = type.toLowerCase() === 'utf-8' ? decodeUtf8Address(match[2]!) : decodePrintable(match[2]!);
  return address && `${type};${address}`;
}

function decodePrintable(xtext: string): string | undefined {
  const address = decodeXtext(xtext);
  return address !== undefined && PRINTABLE_ASCII.test(address) ? address : undefined;
}

function decodeUtf8Address(text: string): string | undefined {
  if (!UTF8_ADDRESS.test(text)) return undefined;
  const codes = [...text.matchAll(EMBEDDED_CHARACTER)].map((match) => Number.parseInt(match[1]!, 16));
  if (codes.some((code) => code > MAX_CODE_POINT || isControl(code) || isSurrogate(code))) return undefined;
  return text.replace(EMBEDDED_CHARACTER, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}
