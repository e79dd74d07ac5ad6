import { readdirSync, readFileSync } from 'node:fs';

/** One line of a transcript: said by the server or the client, or something that happens to the connection. */
export interface Step {
  readonly who: 'S' | 'C' | 'event';
  readonly text: string;
}

export interface Transcript {
  readonly title: string;
  /** From the `json` block, when there is one. */
  readonly settings: TranscriptSettings;
  readonly steps: readonly Step[];
}

export interface TranscriptSettings {
  /** Options of the server. */
  readonly options?: Record<string, unknown>;
  /** Address the client comes from. */
  readonly remoteAddress?: string;
  /** The server's part of SASL nonces, where the dialogue depends on it. */
  readonly nonce?: string;
  /** Why the dialogue cannot be sent as one burst; without a reason it is. */
  readonly noBurst?: string;
}

/**
 * Reads the transcripts of a Markdown file: each `##` heading with an `smtp` block is one.
 * `S:` and `C:` lines are what server and client say, without CRLF. `C\:` sends text without a line end, `\r`, `\n`, `\0`
 * and `\xHH` in it are octets. `-- tls` stands for the handshake, `-- close` for the server closing, `-- fin` for the
 * client closing its side. In a server line `…` stands for any text.
 */
export function readTranscripts(file: string): Transcript[] {
  const sections = readFileSync(file, 'utf8').split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const dialogue = /^```smtp\n([\s\S]*?)^```/m.exec(section)?.[1];
    if (dialogue === undefined) return [];
    const json = /^```json\n([\s\S]*?)^```/m.exec(section)?.[1];
    return {
      title: section.slice(0, section.indexOf('\n')).trim(),
      settings: json === undefined ? {} : (JSON.parse(json, reviveDate) as TranscriptSettings),
      steps: dialogue.split('\n').filter(Boolean).map(readStep),
    };
  });
}

/** JSON has no dates. */
function reviveDate(key: string, value: unknown): unknown {
  return key.endsWith('DateTime') ? new Date(String(value)) : value;
}

export function transcriptFiles(folder: URL): URL[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return names.sort().map((name) => new URL(name, folder));
}

function readStep(line: string): Step {
  if (line.startsWith('-- ')) return { who: 'event', text: line.slice(3) };
  if (line.startsWith('S: ')) return { who: 'S', text: `${line.slice(3)}\r\n` };
  if (line === 'C:') return { who: 'C', text: '\r\n' };
  if (line.startsWith('C: ')) return { who: 'C', text: `${line.slice(3)}\r\n` };
  if (line.startsWith('C\\: ')) return { who: 'C', text: unescape(line.slice(4)) };
  throw new Error(`a transcript line begins with "S: ", "C: ", "C\\: " or "-- ": ${line}`);
}

function unescape(text: string): string {
  return text.replace(/\\(r|n|0|x[0-9a-f]{2})/gi, (_, code: string) => {
    if (code === 'r') return '\r';
    if (code === 'n') return '\n';
    return code === '0' ? '\0' : String.fromCharCode(Number.parseInt(code.slice(1), 16));
  });
}
