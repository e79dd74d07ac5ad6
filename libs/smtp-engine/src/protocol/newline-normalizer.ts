const LF = 0x0a;
const CR = 0x0d;
const CRLF = Buffer.from('\r\n');

/**
 * Makes every line end a CRLF (RFC 5321 §2.3.8): a lone LF and a lone CR become one. The message is the same wherever the
 * network cut it. What is a line end already passes as sub-arrays.
 */
export class NewlineNormalizer {
  /** The last piece ended with a CR, which may be half of a line end; it is held back. */
  private heldCr = false;

  push(piece: Buffer, sink: (piece: Buffer) => void): void {
    let from = 0;
    if (this.heldCr && piece.length > 0) {
      this.heldCr = false;
      sink(CRLF);
      if (piece[0] === LF) from = 1;
    }
    for (let at = nextBreak(piece, from); at < piece.length; at = nextBreak(piece, from)) {
      if (piece[at] === CR && at + 1 === piece.length) {
        this.heldCr = true;
        return pass(piece, from, at, sink);
      }
      pass(piece, from, at, sink);
      sink(CRLF);
      from = at + 1;
    }
    pass(piece, from, piece.length, sink);
  }

  /** Nothing follows: a CR that was held back ends the last line. */
  end(sink: (piece: Buffer) => void): void {
    if (this.heldCr) sink(CRLF);
    this.heldCr = false;
  }
}

/** Where the next lone line end is, or a CR that ends the piece; the length where there is none. */
function nextBreak(piece: Buffer, from: number): number {
  let search = from;
  for (;;) {
    const lf = piece.indexOf(LF, search);
    const end = lf < 0 ? piece.length : lf;
    const cr = piece.subarray(search, end).indexOf(CR);
    if (cr >= 0 && search + cr < end - 1) return search + cr; // a CR before something else than LF
    if (lf < 0) return cr >= 0 ? end - 1 : end;
    if (cr < 0) return lf;
    search = lf + 1; // a whole CRLF
  }
}

function pass(piece: Buffer, from: number, to: number, sink: (piece: Buffer) => void): void {
  if (to > from) sink(from === 0 && to === piece.length ? piece : piece.subarray(from, to));
}
