/** Enough for any dialogue that somebody reads; a message of 200 MB is none. */
const MAX_CHARACTERS = 256 * 1024;

/** Who said something: the client, the server, or neither, for what happens to the connection. */
export type Speaker = 'C: ' | 'S: ' | '-- ';

/** What has been said, in order: at most 256 K characters of it. */
export class DialogueRecord {
  private readonly turns: { readonly speaker: Speaker; text: string }[] = [];
  private characters = 0;

  add(speaker: Speaker, text: string): void {
    const kept = text.slice(0, MAX_CHARACTERS - this.characters);
    if (kept === '') return;
    this.characters += kept.length;
    const last = this.turns.at(-1);
    if (last?.speaker === speaker) last.text += kept;
    else this.turns.push({ speaker, text: kept });
  }

  /** One line for each line, who said it in front. */
  toString(): string {
    const lines = this.turns.flatMap(({ speaker, text }) =>
      text
        .replace(/\r\n$/, '')
        .split('\r\n')
        .map((line) => `${speaker}${line}`.trimEnd()),
    );
    if (this.characters === MAX_CHARACTERS) lines.push('-- the rest is not kept');
    return lines.join('\n');
  }
}
