import { isIP } from 'node:net';
import { parseIpAddress } from '../protocol/ip-address.js';

/** Names in capitals → values as smtp-server reads them; `false`: the proxy does not know it. */
export type ProxyAttributes = ReadonlyMap<string, string | false>;

const SYNTAX = 'Error: Bad command parameter syntax';
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * Reads the attributes of XCLIENT or XFORWARD by smtp-server's rules: the first of a name counts, and what is no xtext is
 * taken as it is.
 *
 * @param unavailable what stands for "not known", in capitals
 * @returns the text of a 501 where anything of it is wrong
 */
export function readProxyAttributes(
  args: string,
  names: readonly string[],
  unavailable: readonly string[],
): ProxyAttributes | string {
  const words = args.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return SYNTAX;
  const attributes = new Map<string, string | false>();
  for (const word of words) {
    const [key = '', given, ...more] = word.split('=');
    const name = key.toUpperCase();
    if (given === undefined || more.length > 0 || !names.includes(name)) return SYNTAX;
    const text = decode(given);
    if (CONTROL_CHARACTER.test(text)) return SYNTAX;
    const value = unavailable.includes(text.toUpperCase()) ? false : READERS[name]?.(text);
    if (value !== undefined && value !== false && 'problem' in value) return `${SYNTAX}. ${value.problem}`;
    if (!attributes.has(name)) attributes.set(name, value === undefined ? text : value && value.text);
  }
  return attributes;
}

type Reading = { readonly text: string } | { readonly problem: string };

/** Attributes of which not every text is taken. An empty one is. */
const READERS: Readonly<Partial<Record<string, (text: string) => Reading>>> = {
  ADDR(text) {
    const address = text.replace(/^IPV6:/i, '');
    if (text === '') return { text };
    return isIP(address) === 0 ? { problem: 'Invalid address' } : { text: parseIpAddress(address) ?? address };
  },
  NAME: (text) => (text === '' || isHostName(text) ? { text } : { problem: 'Invalid hostname' }),
};

function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return text.length <= 253 && labels.every((label) => LABEL.test(label));
}

function decode(given: string): string {
  return given.replace(/\+([0-9A-F]{2})/g, (_escape, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
