import { Transform, type TransformCallback } from 'node:stream';
import { TextDecoder } from 'node:util';

/**
 * Decodes text with what Node has built in: some of mailparser's own tables take a second for a megabyte. It has the shape
 * of the `Iconv` that mailparser lets one replace, which throws for a charset that it does not know.
 */
export class CharsetDecoder extends Transform {
  private readonly decoder: TextDecoder;

  constructor(charset: string) {
    super();
    this.decoder = new TextDecoder(charset);
  }

  override _transform(octets: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.decoder.decode(octets, { stream: true }));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.decoder.decode());
  }
}
