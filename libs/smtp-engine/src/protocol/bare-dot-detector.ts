const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
/** Octets of two pieces that are looked at together. */
const REACH = 4;

/**
 * Finds a lone dot between line ends that are not both CRLF, in a message that comes without transparency (BDAT): a
 * server behind us may take it for the end. Only dots are looked at.
 */
export class BareDotDetector {
  found = false;
  /** The last octets before the piece at hand; a message begins as behind a CRLF. */
  private tail = Buffer.from('\r\n');

  look(piece: Buffer): void {
    if (this.found || piece.length === 0) return;
    // A dot is judged with two octets before and two behind it: near the edges those lie in two pieces.
    const edge = Buffer.concat([this.tail, piece.subarray(0, REACH)]);
    this.search(edge, Math.max(0, this.tail.length - 2));
    if (piece.length > REACH) this.search(piece, 2);
    this.tail = Buffer.from((piece.length >= REACH ? piece : edge).subarray(-REACH));
  }

  private search(octets: Buffer, from: number): void {
    for (let dot = octets.indexOf(DOT, from); dot >= 0 && !this.found; dot = octets.indexOf(DOT, dot + 1)) {
      this.found = isBareDot(octets, dot);
    }
  }
}

function isBareDot(octets: Buffer, dot: number): boolean {
  const before = octets[dot - 1];
  const after = octets[dot + 1];
  if (!isLineEnd(before) || !isLineEnd(after)) return false;
  const isBehindCrlf = before === LF && octets[dot - 2] === CR;
  // What follows a CR decides; where it has not come yet, the next look sees it.
  if (after === CR && dot + 2 >= octets.length) return false;
  return !(isBehindCrlf && after === CR && octets[dot + 2] === LF);
}

function isLineEnd(octet: number | undefined): boolean {
  return octet === LF || octet === CR;
}
