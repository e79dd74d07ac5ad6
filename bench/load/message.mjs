// A message as it travels: lines of one length, some of them with a dot in front (which is doubled), the end marker behind.

const HEADER = 'From: <a@client.example>\r\nSubject: bench\r\n\r\n';
/** Lines after which the pattern begins anew. */
const BLOCK = 100;

/** @returns Buffer octets to send behind 354, about `size` of them */
export function makeMessage({ size, line = 76, dotted = 0 }) {
  const rows = Array.from({ length: BLOCK }, (_, row) => {
    const isDotted = row < dotted;
    return isDotted ? '.' + '.'.padEnd(line, 'a') : 'a'.repeat(line);
  });
  const body = Buffer.alloc(Math.max(0, size - HEADER.length), rows.join('\r\n') + '\r\n');
  return Buffer.concat([Buffer.from(HEADER), body.subarray(0, body.lastIndexOf('\r\n') + 2), Buffer.from('.\r\n')]);
}
