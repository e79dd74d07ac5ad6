/** Parameters of Punycode (RFC 3492 §5). */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const FIRST_CODE_POINT = 0x80;
const LAST_CODE_POINT = 0x10ffff;
/** Full stops of Chinese and Japanese writing part labels too (RFC 3490 §3.1). */
const FULL_STOPS = /[\u3002\uff0e\uff61]/g;

/**
 * A domain with its `xn--` labels in Unicode, as smtp-server shows it. No label is judged: IDNA has rules about what a name
 * may look like, which is why the URL parser, which keeps them, does not serve here.
 *
 * @returns undefined where a label is no Punycode
 * @example domainInUnicode('xn--jgeva-dua.ee') // 'jõgeva.ee'
 */
export function domainInUnicode(domain: string): string | undefined {
  const labels = domain.replace(FULL_STOPS, '.').split('.');
  const decoded = labels.map((label) =>
    label.startsWith('xn--') ? decodePunycode(label.slice(4).toLowerCase()) : label,
  );
  return decoded.includes(undefined) ? undefined : decoded.join('.');
}

/** RFC 3492 §6.2; undefined for what is none. */
function decodePunycode(text: string): string | undefined {
  const delimiter = Math.max(0, text.lastIndexOf('-'));
  const points = Array.from(text.slice(0, delimiter), (character) => character.codePointAt(0)!);
  if (points.some((point) => point >= FIRST_CODE_POINT)) return undefined;
  let point = FIRST_CODE_POINT;
  let place = 0;
  let bias = INITIAL_BIAS;
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < text.length;) {
    const read = readDelta(text, at, bias);
    if (read === undefined) return undefined;
    const length = points.length + 1;
    bias = adapt(read.delta, length, place === 0 && points.length === delimiter);
    point += Math.floor((place + read.delta) / length);
    place = (place + read.delta) % length;
    if (point > LAST_CODE_POINT) return undefined;
    points.splice(place++, 0, point);
    at = read.end;
  }
  return String.fromCodePoint(...points);
}

/** A number of variable length (RFC 3492 §3.3). */
function readDelta(text: string, start: number, bias: number): { delta: number; end: number } | undefined {
  let delta = 0;
  let weight = 1;
  for (let at = start, k = BASE; at < text.length; at++, k += BASE) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit === undefined) return undefined;
    delta += digit * weight;
    const threshold = Math.min(T_MAX, Math.max(T_MIN, k - bias));
    if (digit < threshold) return { delta, end: at + 1 };
    weight *= BASE - threshold;
    if (!Number.isSafeInteger(delta) || !Number.isSafeInteger(weight)) return undefined;
  }
  return undefined;
}

/** `a` to `z` are 0 to 25, `0` to `9` are 26 to 35 (RFC 3492 §5). */
function digitOf(code: number): number | undefined {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : undefined;
}

/** RFC 3492 §6.1. */
function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? DAMP : 2));
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
