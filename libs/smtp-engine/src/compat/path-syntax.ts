import { isIPv4, isIPv6 } from 'node:net';
import { domainToUnicode } from 'node:url';
import type { MailPath, PathArguments } from '../envelope.js';
import { parseIpAddress } from '../protocol/ip-address.js';
import type { Mailbox, PathArgument } from '../protocol/syntax.js';
import { replies, type Reply } from '../reply.js';
import type { Wording } from './replies.js';
import type { SMTPServerAddress, SMTPServerAddressArgs } from './types.js';

type Verb = 'MAIL' | 'RCPT';

// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
// eslint-disable-next-line no-control-regex -- controls and what cannot be seen
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b\u2060\ufeff]/;
const SOURCE_ROUTE = /^@[^\s,:@]+(?:,@[^\s,:@]+)*:/;
const DOMAIN = /^[a-zA-Z0-9\u0080-\uffff.-]+$/;
const MAX_ADDRESS_LENGTH = 253;
const KEYWORD: Readonly<Record<Verb, RegExp>> = { MAIL: /^FROM\s*:\s*/i, RCPT: /^TO\s*:\s*/i };
/** Parameters that say nothing without a value. */
const NEEDS_VALUE: Readonly<Record<Verb, readonly string[]>> = {
  MAIL: ['BODY', 'SIZE', 'RET', 'ENVID'],
  RCPT: ['NOTIFY', 'ORCPT'],
};
const NULL_MAILBOX: Mailbox = { address: '', localPart: '', domain: '' };

/** Reads the arguments of MAIL and RCPT as laxly as smtp-server does. */
export class PathSyntax {
  constructor(
    private readonly isLenient: boolean,
    /** BODY=BINARYMIME is offered. */
    private readonly takesBinary: boolean,
    private readonly wording: Wording,
  ) {}

  read(verb: Verb, argument: string): PathArgument | Reply {
    const badPath = verb === 'MAIL' ? replies.badSenderAddress : replies.badRecipientAddress;
    const keyword = KEYWORD[verb].exec(argument)?.[0];
    if (keyword === undefined) return badPath;
    const [path = '', ...items] = argument.slice(keyword.length).trim().split(/\s+/);
    const mailbox = /^<[^<>]*>$/.test(path) ? this.readAddress(verb, path.slice(1, -1)) : undefined;
    const given = items.map(readParameter).filter(([name]) => name !== '');
    if (mailbox === undefined || given.some(([, value]) => CONTROL_CHARACTER.test(decode(value)))) return badPath;
    return this.objection(verb, given) ?? { mailbox, parameters: new Map(given) };
  }

  private objection(verb: Verb, given: readonly (readonly [string, string | true])[]): Reply | undefined {
    const isBinary = given.some(([name, value]) => name === 'BODY' && /^BINARYMIME$/i.test(String(value)));
    if (isBinary && !this.takesBinary) return replies.badBody;
    const names = given.map(([name]) => name);
    const repeated = names.findLast((name, index) => names.indexOf(name) < index);
    if (repeated !== undefined) return this.wording.reply(501, `Error: duplicate ${repeated} parameter`);
    const bare = NEEDS_VALUE[verb].find((name) => given.some(([other, value]) => other === name && value === true));
    return bare === undefined ? undefined : this.wording.reply(501, `Error: ${bare} parameter requires a value`);
  }

  private readAddress(verb: Verb, path: string): Mailbox | undefined {
    const address = path.replace(SOURCE_ROUTE, '');
    if (address === '') return verb === 'MAIL' ? NULL_MAILBOX : undefined;
    if (UNSAFE.test(address)) return undefined;
    if (verb === 'RCPT' && address.toLowerCase() === 'postmaster') {
      return { address, localPart: address, domain: '' };
    }
    const [localPart = '', domain = '', ...more] = address.split('@');
    if (localPart === '' || domain === '' || more.length > 0) return undefined;
    return this.isLenient || isStrict(localPart, domain) ? { address, localPart, domain } : undefined;
  }
}

function isStrict(localPart: string, domain: string): boolean {
  if (localPart.length + 1 + domain.length > MAX_ADDRESS_LENGTH || hasEmptyAtom(localPart)) return false;
  if (domain.startsWith('[') && domain.endsWith(']')) return isLiteral(domain.slice(1, -1));
  return !hasEmptyAtom(domain) && !/\.-|-\./.test(domain) && DOMAIN.test(domain);
}

function hasEmptyAtom(text: string): boolean {
  return text.startsWith('.') || text.endsWith('.') || text.includes('..');
}

function isLiteral(text: string): boolean {
  return /^IPv6:/i.test(text) ? isIPv6(text.slice(5)) : isIPv4(text);
}

function readParameter(item: string): readonly [string, string | true] {
  const [name = '', ...rest] = item.split('=');
  return [name.toUpperCase(), rest.join('=') || true];
}

/** What xtext stands for; whatever is none stays (RFC 3461 §4). */
function decode(value: string | true): string {
  if (value === true) return '';
  return value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** An address as handlers see it. */
export function toAddress(path: MailPath): SMTPServerAddress {
  return { address: readable(path), args: toArgs(path.args) };
}

function readable({ address, localPart, domain }: MailPath): string {
  if (domain === '') return address;
  if (!domain.startsWith('[')) return `${localPart}@${domain.split('.').map(toUnicode).join('.')}`;
  const ipv6 = /^\[IPv6:(.*)\]$/i.exec(domain)?.[1];
  return ipv6 === undefined ? address : `${localPart}@[IPv6:${parseIpAddress(ipv6) ?? ipv6}]`;
}

function toUnicode(label: string): string {
  return /^xn--/i.test(label) ? domainToUnicode(label) || label : label;
}

function toArgs(args: PathArguments): SMTPServerAddressArgs | false {
  if (args === false) return false;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value === true ? true : decode(value)]));
}
