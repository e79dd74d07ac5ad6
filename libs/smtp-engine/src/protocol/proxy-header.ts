import { formatIpAddress, parseIpAddress, parsePort } from './ip-address.js';
import { type ProxyTlv, readTlvs, TLV_CUT_OFF } from './proxy-tlv.js';

/** One end of the connection between client and proxy. */
export type ProxyEndpoint =
  | { readonly address: string; readonly port: number }
  /** A Unix socket; `''` where it has no name. */
  | { readonly path: string };

/** What a proxy says about the client it speaks for (haproxy's proxy-protocol.txt). */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** `LOCAL`: the proxy speaks for itself, as in a health check (version 2). */
  readonly command: 'PROXY' | 'LOCAL';
  /** `UNKNOWN`: the proxy says nothing about addresses; the connection's own hold. */
  readonly family: 'TCP4' | 'TCP6' | 'UNIX' | 'UNKNOWN';
  /** The client's end. Only where the family is known. */
  readonly source?: ProxyEndpoint;
  /** The end at the proxy that the client connected to. Only where the family is known. */
  readonly destination?: ProxyEndpoint;
  /** Version 2 only. */
  readonly tlvs: readonly ProxyTlv[];
}

/** A complete header and what came behind it, or what is wrong, as a text for a log. */
export type ProxyOutcome = { readonly header: ProxyHeader; readonly rest: Buffer } | { readonly problem: string };

/** Reads the line of version 1 in a way of its own. */
export interface ProxyLineReader {
  /** Octets of the longest line, its line end included. */
  readonly maxOctets: number;
  /** What a peer hears before its connection is closed, where its header cannot be used; nothing by default. */
  readonly refusal?: string;
  /** What a line, without its line end, says; undefined where it cannot be used. It ends with LF, CR before it or not. */
  read(line: string): Pick<ProxyHeader, 'family' | 'source' | 'destination'> | undefined;
}

/** Octets of the longest line of version 1, CRLF included (proxy-protocol.txt §2.1). */
const MAX_LINE_OCTETS = 107;
const LINE_START = Buffer.from('PROXY ');
const CRLF = Buffer.from('\r\n');
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const FIXED_OCTETS = 16;
/** Octets of addresses and TLVs in version 2. The protocol allows 65,535; a client certificate's name needs a few hundred. */
const MAX_VARIABLE_OCTETS = 4096;
const UNIX_PATH_OCTETS = 108;
const NOTHING_TOLD = { family: 'UNKNOWN', tlvs: [] } as const;

/** Reads a PROXY header, version 1 or 2, however the network cuts it. It keeps 4 KiB at most. */
export class ProxyHeaderDecoder {
  private octets: Buffer = Buffer.alloc(0);

  /** @param lines reads lines of version 1 instead of the protocol's grammar */
  constructor(private readonly lines?: ProxyLineReader) {}

  /** Whether nothing has come yet. */
  get isEmpty(): boolean {
    return this.octets.length === 0;
  }

  /** @returns undefined while the header is incomplete; afterwards the decoder must not be used any more */
  push(chunk: Buffer): ProxyOutcome | undefined {
    this.octets = this.isEmpty ? chunk : Buffer.concat([this.octets, chunk]);
    if (startsAs(this.octets, SIGNATURE)) return readBinary(this.octets);
    if (this.lines !== undefined) return readLineBy(this.lines, this.octets);
    if (startsAs(this.octets, LINE_START)) return readLine(this.octets);
    return { problem: 'there is no PROXY header' };
  }
}

/** Whether the octets begin with `start`, as far as they go. */
function startsAs(octets: Buffer, start: Buffer): boolean {
  const length = Math.min(octets.length, start.length);
  return octets.subarray(0, length).equals(start.subarray(0, length));
}

// ── version 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function readLine(octets: Buffer): ProxyOutcome | undefined {
  const end = octets.subarray(0, MAX_LINE_OCTETS).indexOf(CRLF);
  if (end < 0) return octets.length >= MAX_LINE_OCTETS ? { problem: 'its line has no end' } : undefined;
  const [, family, ...fields] = octets.toString('latin1', 0, end).split(' ');
  const rest = octets.subarray(end + CRLF.length);
  // proxy-protocol.txt §2.1: whatever follows UNKNOWN is ignored.
  if (family === 'UNKNOWN') return { header: { version: 1, command: 'PROXY', ...NOTHING_TOLD }, rest };
  if (family !== 'TCP4' && family !== 'TCP6') return { problem: 'its family is not TCP4, TCP6 or UNKNOWN' };
  const [from = '', to = '', fromPort = '', toPort = ''] = fields;
  const source = readEndpoint(from, fromPort, family);
  const destination = readEndpoint(to, toPort, family);
  if (fields.length !== 4 || source === undefined || destination === undefined) {
    return { problem: 'its addresses and ports are malformed' };
  }
  return { header: { version: 1, command: 'PROXY', family, source, destination, tlvs: [] }, rest };
}

function readLineBy(lines: ProxyLineReader, octets: Buffer): ProxyOutcome | undefined {
  const end = octets.subarray(0, lines.maxOctets).indexOf('\n');
  if (end < 0) return octets.length >= lines.maxOctets ? { problem: 'its line has no end' } : undefined;
  const told = lines.read(octets.toString('latin1', 0, end).trimEnd());
  if (told === undefined) return { problem: 'its line cannot be read' };
  return { header: { version: 1, command: 'PROXY', ...told, tlvs: [] }, rest: octets.subarray(end + 1) };
}

function readEndpoint(address: string, port: string, family: 'TCP4' | 'TCP6'): ProxyEndpoint | undefined {
  const canonical = address.includes(':') === (family === 'TCP6') ? parseIpAddress(address) : undefined;
  const number = parsePort(port);
  return canonical === undefined || number === undefined ? undefined : { address: canonical, port: number };
}

// ── version 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Octets of one address of each family that a stream can have (proxy-protocol.txt §2.2). */
const FAMILIES: ReadonlyMap<number, readonly [family: 'TCP4' | 'TCP6' | 'UNIX', addressOctets: number]> = new Map([
  [0x11, ['TCP4', 4]],
  [0x21, ['TCP6', 16]],
  [0x31, ['UNIX', UNIX_PATH_OCTETS]],
] as const);
const UNSPECIFIED = 0x00;

function readBinary(octets: Buffer): ProxyOutcome | undefined {
  if (octets.length < FIXED_OCTETS) return undefined;
  const versionAndCommand = octets[12]!;
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) return { problem: 'its version or command is unknown' };
  const length = octets.readUInt16BE(14);
  if (length > MAX_VARIABLE_OCTETS) return { problem: `it has ${length} octets; we take ${MAX_VARIABLE_OCTETS}` };
  const end = FIXED_OCTETS + length;
  if (octets.length < end) return undefined;
  const rest = octets.subarray(end);
  // proxy-protocol.txt §2.2: of LOCAL nothing else counts.
  if (versionAndCommand === 0x20) return { header: { version: 2, command: 'LOCAL', ...NOTHING_TOLD }, rest };
  const told = readAddresses(octets.subarray(0, end));
  return typeof told === 'string' ? { problem: told } : { header: { version: 2, command: 'PROXY', ...told }, rest };
}

function readAddresses(header: Buffer): Omit<ProxyHeader, 'version' | 'command'> | string {
  const family = FAMILIES.get(header[13]!);
  if (family === undefined) {
    if (header[13] !== UNSPECIFIED) return 'its family or transport is not one of a stream';
    const tlvs = readTlvs(header, FIXED_OCTETS);
    // How long an unspecified address is nobody knows: what cannot be read as TLVs is ignored.
    if (tlvs === TLV_CUT_OFF) return NOTHING_TOLD;
    return typeof tlvs === 'string' ? tlvs : { family: 'UNKNOWN', tlvs };
  }
  const [name, addressOctets] = family;
  const middle = FIXED_OCTETS + addressOctets;
  const ports = middle + addressOctets;
  const end = name === 'UNIX' ? ports : ports + 4;
  if (header.length < end) return 'its addresses are cut off';
  const tlvs = readTlvs(header, end);
  if (typeof tlvs === 'string') return tlvs;
  const [from, to] = [header.subarray(FIXED_OCTETS, middle), header.subarray(middle, ports)];
  if (name === 'UNIX')
    return { family: name, source: { path: readPath(from) }, destination: { path: readPath(to) }, tlvs };
  return {
    family: name,
    source: { address: formatIpAddress(from), port: header.readUInt16BE(ports) },
    destination: { address: formatIpAddress(to), port: header.readUInt16BE(ports + 2) },
    tlvs,
  };
}

function readPath(octets: Buffer): string {
  const end = octets.indexOf(0);
  return octets.toString('utf8', 0, end < 0 ? octets.length : end);
}
