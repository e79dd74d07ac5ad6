import { crc32c } from './crc32c.js';

/** What the client's TLS connection to the proxy was like (proxy-protocol.txt §2.2.6). */
export interface ProxySsl {
  readonly type: 'SSL';
  /** The client connected to the proxy over TLS. */
  readonly tls: boolean;
  /** The client gave a certificate on this connection. */
  readonly certificateOnConnection: boolean;
  /** The client gave a certificate at least once in this TLS session. */
  readonly certificateInSession: boolean;
  /** The client gave a certificate and the proxy has verified it. */
  readonly verified: boolean;
  /** Such as `TLSv1.3`. */
  readonly version?: string;
  /** Common name of the client's certificate. */
  readonly commonName?: string;
  readonly cipher?: string;
  /** Algorithm that the proxy's certificate is signed with. */
  readonly signatureAlgorithm?: string;
  /** Algorithm of the proxy's certificate's key. */
  readonly keyAlgorithm?: string;
}

/** What a proxy tells beyond addresses (proxy-protocol.txt §2.2): a union by `type`, in the order of the header. */
export type ProxyTlv =
  | { readonly type: 'ALPN'; readonly protocol: string }
  | { readonly type: 'AUTHORITY'; readonly hostName: string }
  | { readonly type: 'CRC32C'; readonly checksum: number }
  | { readonly type: 'NOOP' }
  | { readonly type: 'UNIQUE_ID'; readonly id: Buffer }
  | ProxySsl
  | { readonly type: 'NETNS'; readonly name: string }
  /** What has no other name here; `code` is its number, `value` its octets. */
  | { readonly type: 'UNKNOWN'; readonly code: number; readonly value: Buffer };

/** A TLV is longer than what there is. */
export const TLV_CUT_OFF = 'a TLV is cut off';

const PREFIX_OCTETS = 3;
const CRC32C_TYPE = 0x03;
const SSL_PREFIX_OCTETS = 5;
const MAX_UNIQUE_ID_OCTETS = 128;
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\ufffd]/;

/** One entry as it stands in the header: its type and where its value lies. */
interface Entry {
  readonly code: number;
  readonly start: number;
  readonly value: Buffer;
}

/** Reads a value; undefined where it does not have the form of its type, and is kept as UNKNOWN. */
const READERS: ReadonlyMap<number, (value: Buffer) => ProxyTlv | undefined> = new Map([
  [0x01, (value: Buffer) => ifText(value, (protocol) => ({ type: 'ALPN', protocol }))],
  [0x02, (value: Buffer) => ifText(value, (hostName) => ({ type: 'AUTHORITY', hostName }))],
  [CRC32C_TYPE, (value: Buffer) => ({ type: 'CRC32C', checksum: value.readUInt32BE() })],
  [0x04, () => ({ type: 'NOOP' })],
  [0x05, (id: Buffer) => (id.length <= MAX_UNIQUE_ID_OCTETS ? { type: 'UNIQUE_ID', id } : undefined)],
  [0x20, readSsl],
  [0x30, (value: Buffer) => ifText(value, (name) => ({ type: 'NETNS', name }))],
] as const);

type SslText = 'version' | 'commonName' | 'cipher' | 'signatureAlgorithm' | 'keyAlgorithm';

const SSL_TEXTS: ReadonlyMap<number, SslText> = new Map([
  [0x21, 'version'],
  [0x22, 'commonName'],
  [0x23, 'cipher'],
  [0x24, 'signatureAlgorithm'],
  [0x25, 'keyAlgorithm'],
] as const);

/**
 * Reads the TLVs that begin at `start` and end with the header.
 *
 * @param header the whole header: a checksum covers all of it
 * @returns what is wrong with them, as a text
 */
export function readTlvs(header: Buffer, start: number): readonly ProxyTlv[] | string {
  const entries = readEntries(header, start);
  if (entries === undefined) return TLV_CUT_OFF;
  for (const entry of entries) {
    if (entry.code === CRC32C_TYPE && !isIntact(header, entry)) return 'the CRC32C checksum is wrong';
  }
  return entries.map(({ code, value }) => READERS.get(code)?.(value) ?? { type: 'UNKNOWN', code, value });
}

function readEntries(octets: Buffer, from: number): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  for (let at = from; at < octets.length;) {
    if (octets.length - at < PREFIX_OCTETS) return undefined;
    const start = at + PREFIX_OCTETS;
    const end = start + octets.readUInt16BE(at + 1);
    if (end > octets.length) return undefined;
    entries.push({ code: octets[at]!, start, value: octets.subarray(start, end) });
    at = end;
  }
  return entries;
}

/** proxy-protocol.txt §2.2.3: the checksum of the whole header, with zeroes in the place of the checksum. */
function isIntact(header: Buffer, { start, value }: Entry): boolean {
  if (value.length !== 4) return false;
  const blank = Buffer.from(header);
  blank.fill(0, start, start + 4);
  return crc32c(blank) === value.readUInt32BE();
}

function readSsl(value: Buffer): ProxySsl | undefined {
  const entries = value.length < SSL_PREFIX_OCTETS ? undefined : readEntries(value, SSL_PREFIX_OCTETS);
  if (entries === undefined) return undefined;
  const client = value[0]!;
  const texts: Partial<Record<SslText, string>> = {};
  for (const entry of entries) {
    const field = SSL_TEXTS.get(entry.code);
    const text = readText(entry.value);
    if (field !== undefined && text !== undefined) texts[field] = text;
  }
  return {
    ...texts,
    type: 'SSL',
    tls: (client & 1) !== 0,
    certificateOnConnection: (client & 2) !== 0,
    certificateInSession: (client & 4) !== 0,
    // haproxy says 0, "verified", where there was no certificate too.
    verified: value.readUInt32BE(1) === 0 && (client & 6) !== 0,
  };
}

function ifText(value: Buffer, make: (text: string) => ProxyTlv): ProxyTlv | undefined {
  const text = readText(value);
  return text === undefined ? undefined : make(text);
}

/** Host and common names come from the client: what could break a line of a log is no text. */
function readText(value: Buffer): string | undefined {
  const text = value.toString('utf8');
  return CONTROL_CHARACTERS.test(text) ? undefined : text;
}
