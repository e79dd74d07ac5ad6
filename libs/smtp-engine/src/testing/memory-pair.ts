import { Duplex } from 'node:stream';

/**
 * One end of a connection in memory. Like a socket, and unlike `stream.duplexPair()`, it accepts a write before the
 * other end has read it (TLS on top waits for that), and one end's destruction is the other's.
 */
class MemoryEnd extends Duplex {
  other!: MemoryEnd;
  private written: (() => void) | undefined;

  override _read(): void {
    const written = this.written;
    this.written = undefined;
    written?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // Never at once: a handshake must not be over before its caller can listen for the end of it.
    setImmediate(() => {
      if (this.other.destroyed || this.other.push(chunk)) done();
      else this.other.written = done;
    });
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      this.other.push(null);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    this._read(); // whoever wrote to this end must not wait for it
    setImmediate(() => this.other.destroy());
  }
}

/** Two ends of a connection in memory: what is written to one is read from the other. */
export function memoryPair(): [Duplex, Duplex] {
  const one = new MemoryEnd();
  const other = new MemoryEnd();
  one.other = other;
  other.other = one;
  return [one, other];
}
