/** An encoded-word (RFC 2047 §2; the language of RFC 2231 §5 is left out), and the space to the next one. */
const WORD = /=\?([^?*\s]{1,64})(?:\*[^?\s]{0,64})?\?([BQ])\?([^?]*)\?=([ \t]+(?==\?))?/gi;

interface Word {
  readonly charset: string;
  readonly octets: readonly Buffer[];
}

/** What a field says: unfolded (RFC 5322 §2.2.3), encoded-words decoded (RFC 2047), without space at its ends. */
export function decodeFieldValue(value: Buffer): string {
  const unfolded = decode({ charset: 'utf-8', octets: [value] }).replace(/\r?\n(?=[ \t])/g, '');
  return decodeWords(unfolded)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
}

function decodeWords(text: string): string {
  let decoded = '';
  let end = 0;
  /** The words so far, of one charset and side by side: some senders cut a character in two. */
  let run: { readonly charset: string; readonly octets: Buffer[] } | undefined;
  for (const match of text.matchAll(WORD)) {
    const [whole, charset = '', encoding = '', encoded = ''] = match;
    const octets = encoding.toUpperCase() === 'B' ? Buffer.from(encoded, 'base64') : quoted(encoded);
    if (run !== undefined && match.index === end && run.charset === charset.toLowerCase()) {
      run.octets.push(octets);
    } else {
      decoded += (run === undefined ? '' : decode(run)) + text.slice(end, match.index);
      run = { charset: charset.toLowerCase(), octets: [octets] };
    }
    end = match.index + whole.length;
  }
  return decoded + (run === undefined ? '' : decode(run)) + text.slice(end);
}

/** RFC 2047 §4.2. */
function quoted(text: string): Buffer {
  const octets = text.replaceAll('_', ' ').replace(/=([\dA-F]{2})/gi, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Buffer.from(octets, 'latin1');
}

/** A charset that nobody knows, and octets that are no UTF-8, are read as Latin 1: nothing is lost. */
function decode({ charset, octets: pieces }: Word): string {
  const octets = Buffer.concat(pieces);
  try {
    return new TextDecoder(charset, { fatal: charset === 'utf-8' }).decode(octets);
  } catch {
    return octets.toString('latin1');
  }
}
