/** The Castagnoli polynomial, bits reversed (RFC 3720 §12.1, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** CRC32C of the octets, as an unsigned number of 32 bits. */
export function crc32c(octets: Uint8Array): number {
  let value = 0xffffffff;
  for (const octet of octets) value = TABLE[(value ^ octet) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}
