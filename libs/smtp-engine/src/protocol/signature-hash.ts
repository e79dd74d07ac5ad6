const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const CONTEXT_0 = 0xa0;

/** Signature algorithms, by the octets of their object identifiers, and the hash function they use. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'md5'],
  ['2a864886f70d010105', 'sha1'],
  ['2a864886f70d01010e', 'sha224'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d0401', 'sha1'],
  ['2a8648ce3d040301', 'sha224'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  // Hash functions by themselves, as the parameters of RSASSA-PSS name them (RFC 4055 §2.1).
  ['2b0e03021a', 'sha1'],
  ['608648016503040204', 'sha224'],
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);
/** RSASSA-PSS: the hash function stands in its parameters, SHA-1 where it does not (RFC 4055 §3.1). */
const RSASSA_PSS = '2a864886f70d01010a';

/** One value of DER (X.690), and what follows it. */
interface Value {
  readonly content: Buffer;
  readonly rest: Buffer;
}

/**
 * The hash function of the signature on a certificate (RFC 5280 §4.1.1.2), as OpenSSL calls it. Undefined where the
 * algorithm has none of its own (Ed25519) or is not known, or the octets are no certificate.
 *
 * @param certificate DER
 */
export function signatureHash(certificate: Buffer): string | undefined {
  const toBeSigned = read(read(certificate, SEQUENCE)?.content, SEQUENCE);
  const algorithm = read(read(toBeSigned?.rest, SEQUENCE)?.content, OBJECT_IDENTIFIER);
  if (algorithm === undefined) return undefined;
  const name = algorithm.content.toString('hex');
  return name === RSASSA_PSS ? parameterHash(algorithm.rest) : HASHES.get(name);
}

function parameterHash(parameters: Buffer): string | undefined {
  const fields = read(parameters, SEQUENCE);
  if (fields === undefined) return undefined;
  if (fields.content[0] !== CONTEXT_0) return 'sha1';
  const algorithm = read(read(fields.content, CONTEXT_0)?.content, SEQUENCE);
  const identifier = read(algorithm?.content, OBJECT_IDENTIFIER);
  return identifier && HASHES.get(identifier.content.toString('hex'));
}

/** The first value of the octets, where it is of the tag expected. */
function read(octets: Buffer | undefined, tag: number): Value | undefined {
  if (octets === undefined || octets[0] !== tag || octets.length < 2) return undefined;
  let length = octets[1]!;
  let start = 2;
  if (length > 0x80) {
    // The long form: so many octets of length follow. Four hold more than any certificate has.
    const size = length - 0x80;
    if (size > 4 || octets.length < start + size) return undefined;
    length = octets.readUIntBE(start, size);
    start += size;
  }
  const end = start + length;
  return end > octets.length ? undefined : { content: octets.subarray(start, end), rest: octets.subarray(end) };
}
