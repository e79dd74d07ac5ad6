import { isHelloName, isHostName } from './host-name.js';
import { parseIpAddress, parsePort } from './ip-address.js';
import { decodeXtext, isXtext } from './xtext.js';

/** Value of an attribute of XCLIENT or XFORWARD; `false`: the proxy does not know it. */
export type AttributeValue = string | number | false;
/** Names in capitals → values. */
export type ClientAttributes = ReadonlyMap<string, AttributeValue>;
/** Reads a decoded value; undefined when it is malformed. */
export type AttributeReader = (text: string) => AttributeValue | undefined;

/** Postfix XCLIENT_README, notes 1 and 2. */
const MAX_VALUE_CHARACTERS = 255;
const UNAVAILABLE = /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i;
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Reads `NAME=value NAME=value …` as XCLIENT and XFORWARD have it.
 *
 * @param readers which attributes there are
 * @returns undefined when anything of it is malformed, unknown or there twice
 */
export function readAttributes(
  args: string,
  readers: ReadonlyMap<string, AttributeReader>,
): ClientAttributes | undefined {
  const attributes = new Map<string, AttributeValue>();
  for (const item of args.split(' ')) {
    if (item === '') continue;
    const equals = item.indexOf('=');
    const name = item.slice(0, Math.max(equals, 0)).toUpperCase();
    const value = readValue(item.slice(equals + 1), readers.get(name));
    if (value === undefined || attributes.has(name)) return undefined;
    attributes.set(name, value);
  }
  return attributes.size === 0 ? undefined : attributes;
}

function readValue(given: string, read: AttributeReader | undefined): AttributeValue | undefined {
  if (read === undefined || given.length > MAX_VALUE_CHARACTERS) return undefined;
  // Some, such as nginx, send values as they are (XCLIENT_README, note 3).
  const text = isXtext(given) ? decodeXtext(given) : given;
  if (text === undefined || CONTROL_CHARACTERS.test(text)) return undefined;
  return UNAVAILABLE.test(text) ? false : read(text);
}

/** A host name, in small letters. */
export const hostName: AttributeReader = (text) => (isHostName(text) ? text.toLowerCase() : undefined);
/** What a client calls itself. */
export const helloName: AttributeReader = (text) => (isHelloName(text) ? text : undefined);
/** An IP address; IPv6 with or without `IPV6:`. */
export const address: AttributeReader = (text) => parseIpAddress(text.replace(/^IPV6:/i, ''));
export const port: AttributeReader = parsePort;
/** Any text that is there. */
export const text: AttributeReader = (value) => (value === '' ? undefined : value);

/** One of a few words, given in capitals. */
export function oneOf(...words: readonly string[]): AttributeReader {
  return (value) => words.find((word) => word === value.toUpperCase());
}
