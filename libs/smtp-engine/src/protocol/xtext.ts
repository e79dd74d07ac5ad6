const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/;

/** Whether a text has the form of xtext. */
export function isXtext(text: string): boolean {
  return XTEXT.test(text);
}

/**
 * Decodes xtext (RFC 3461 §4): `+` and two capital hexadecimal digits stand for an octet.
 *
 * @returns the text, octets read as UTF-8; undefined when it is not xtext or not UTF-8
 */
export function decodeXtext(text: string): string | undefined {
  if (!XTEXT.test(text)) return undefined;
  if (!text.includes('+')) return text;
  const octets = Buffer.from(
    text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  const decoded = octets.toString('utf8');
  return Buffer.from(decoded, 'utf8').equals(octets) ? decoded : undefined;
}
