import { isIPv4, isIPv6 } from 'node:net';
import type { Mailbox } from '../protocol/syntax.js';
import { domainInUnicode } from './punycode.js';

// eslint-disable-next-line no-control-regex -- controls and what cannot be seen
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b\u2060\ufeff]/;
const SOURCE_ROUTE = /^@[^\s,:@]+(?:,@[^\s,:@]+)*:/;
const DOMAIN = /^[a-zA-Z0-9\u0080-\uffff.-]+$/;
const MAX_ADDRESS_LENGTH = 253;
const NULL_MAILBOX: Mailbox = { address: '', localPart: '', domain: '' };
/** Two groups in the place of a dotted tail, which the URL standard would write in hexadecimal. */
const TAIL = 'ffff:ffff';

/**
 * The address between the brackets of MAIL or RCPT, as smtp-server shows it: its domain in Unicode, the IPv6 address of a
 * literal in its one form (RFC 5952). Lenient is `local@domain` of whatever shape.
 *
 * @returns undefined for what smtp-server does not take
 */
export function readAddress(path: string, verb: 'MAIL' | 'RCPT', isLenient: boolean): Mailbox | undefined {
  const address = path.replace(SOURCE_ROUTE, '');
  if (address === '') return verb === 'MAIL' ? NULL_MAILBOX : undefined;
  if (UNSAFE.test(address)) return undefined;
  if (verb === 'RCPT' && address.toLowerCase() === 'postmaster') return { address, localPart: address, domain: '' };
  const [localPart = '', domain = '', ...more] = address.split('@');
  if (localPart === '' || domain === '' || more.length > 0) return undefined;
  const shown = isLenient ? (domainInUnicode(domain) ?? domain) : strictDomain(localPart, domain);
  return shown === undefined ? undefined : { address: `${localPart}@${shown}`, localPart, domain: shown };
}

function strictDomain(localPart: string, domain: string): string | undefined {
  if (localPart.length + 1 + domain.length > MAX_ADDRESS_LENGTH || hasEmptyAtom(localPart)) return undefined;
  if (domain.startsWith('[') && domain.endsWith(']')) return literal(domain);
  const isName = !hasEmptyAtom(domain) && !/\.-|-\./.test(domain) && DOMAIN.test(domain);
  return isName ? domainInUnicode(domain) : undefined;
}

function hasEmptyAtom(text: string): boolean {
  return text.startsWith('.') || text.endsWith('.') || text.includes('..');
}

function literal(domain: string): string | undefined {
  const content = domain.slice(1, -1);
  if (!/^IPv6:/i.test(content)) return isIPv4(content) ? domain : undefined;
  const address = content.slice('IPv6:'.length);
  return isIPv6(address) ? `[IPv6:${canonical(address)}]` : undefined;
}

/** RFC 5952, with the zone and the dotted tail that were given (§5 asks for the latter). */
function canonical(given: string): string {
  const [, address = '', zone = ''] = /^([^%]*)(%.*)?$/.exec(given.toLowerCase())!;
  const dotted = /[\d.]+\.\d+$/.exec(address)?.[0] ?? '';
  if (dotted === '') return new URL(`http://[${address}]`).hostname.slice(1, -1) + zone;
  const hexadecimal = address.slice(0, -dotted.length) + TAIL;
  return new URL(`http://[${hexadecimal}]`).hostname.slice(1, -1 - TAIL.length) + dotted + zone;
}
