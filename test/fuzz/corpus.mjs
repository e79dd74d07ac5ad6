// A corpus file is a dialogue as the transcripts tell it, the client's part alone:
//
//   # what it shows
//   listener: plain        one of listeners.mjs
//   cuts: 3 17             where the octets are cut; without it everywhere
//   vanish: 40             the client is gone without a word after so many octets
//   C: EHLO client         a line; CRLF is added
//   C*: 700 a              the rest of the line so many times, nothing added
//   C\: \x16\x03           octets; \r \n \0 \\ \xHH are what they say, nothing is added
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('./corpus/', import.meta.url);
const FOUND = /^found-/;

/** All dialogues; what was found once comes first. */
export function readCorpus() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
  const found = names.filter((name) => FOUND.test(name)).sort();
  const seeds = names.filter((name) => !FOUND.test(name)).sort();
  return [...found, ...seeds].map((name) => ({ name, isFound: FOUND.test(name), ...parse(name) }));
}

export function corpusFile(name) {
  return new URL(name, FOLDER);
}

/** One way to say an input: what `parse` reads. */
export function format({ listener, octets, cuts, vanish }, comments) {
  const head = [...comments.map((comment) => `# ${comment}`), `listener: ${listener}`];
  if (cuts.length < octets.length) head.push(`cuts: ${cuts.join(' ')}`);
  if (vanish !== undefined) head.push(`vanish: ${vanish}`);
  return `${[...head, ...lines(octets)].join('\n')}\n`;
}

function parse(name) {
  const input = { listener: undefined, cuts: undefined, vanish: undefined };
  const parts = [];
  // As latin1: octets of UTF-8 stay what they are.
  for (const line of readFileSync(corpusFile(name), 'latin1').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, key, , text] = /^(C[\\*]?|listener|cuts|vanish):( (.*))?$/s.exec(line) ?? [];
    if (key === 'C') parts.push(`${text ?? ''}\r\n`);
    else if (key === 'C\\') parts.push(unescape(text));
    else if (key === 'C*') parts.push(repeated(text));
    else if (key === 'listener') input.listener = text;
    else if (key === 'cuts') input.cuts = text.split(' ').map(Number);
    else if (key === 'vanish') input.vanish = Number(text);
    else throw new Error(`test/fuzz/corpus/${name}: this line is none of a corpus file: ${line}`);
  }
  const octets = Buffer.from(parts.join(''), 'latin1');
  return { ...input, octets, cuts: input.cuts ?? Array.from(octets, (_, index) => index) };
}

function repeated(text) {
  const [, times, part] = /^(\d+) (.*)$/.exec(text);
  return part.repeat(Number(times));
}

const ESCAPES = { r: '\r', n: '\n', 0: '\0', '\\': '\\' };

function unescape(text) {
  return text.replace(
    /\\(?:([rn0\\])|x([0-9a-f]{2}))/gi,
    (_, letter, code) => ESCAPES[letter] ?? String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function lines(octets) {
  const text = octets.toString('latin1');
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) =>
    /^[ -~]*\r\n$/.test(line) ? `C: ${line.slice(0, -2)}`.trimEnd().padEnd(line.length + 1) : `C\\: ${escape(line)}`,
  );
}

function escape(line) {
  return line.replace(/[^ -[\]-~]/g, (character) => {
    const known = Object.entries(ESCAPES).find(([, value]) => value === character);
    return known === undefined ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${known[0]}`;
  });
}
