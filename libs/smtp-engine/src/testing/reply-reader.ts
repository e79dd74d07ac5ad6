/** A reply as a client reads it. */
export interface ReceivedReply {
  readonly code: number;
  /** The enhanced status code of the last line, where it has one. */
  readonly enhanced: string | undefined;
  /** The text of each line, without code and enhanced code. */
  readonly lines: readonly string[];
  /** All lines as received. */
  readonly raw: readonly string[];
}

const LINE = /^(\d{3})([ -])(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)$/s;

/** Cuts what a server sends into lines and replies (RFC 5321 §4.2.1). */
export class ReplyReader {
  private text = '';
  private raw: string[] = [];

  push(chunk: string): void {
    this.text += chunk;
  }

  /** Octets that belong to no complete reply. */
  get rest(): string {
    return this.raw.map((line) => `${line}\r\n`).join('') + this.text;
  }

  next(): ReceivedReply | undefined {
    for (;;) {
      const end = this.text.indexOf('\r\n');
      if (end < 0) return undefined;
      const line = this.text.slice(0, end);
      this.text = this.text.slice(end + 2);
      this.raw.push(line);
      if (line[3] !== '-') return this.complete();
    }
  }

  private complete(): ReceivedReply {
    const raw = this.raw;
    this.raw = [];
    const matches = raw.map((line) => LINE.exec(line));
    const last = matches.at(-1);
    if (!last) throw new Error(`this is no reply: ${JSON.stringify(raw.at(-1))}`);
    return { code: Number(last[1]), enhanced: last[3], lines: matches.map((match) => match?.[4] ?? ''), raw };
  }
}
