/** RFC 3454 table C.1.2, which RFC 4013 §2.1 turns into blanks. */
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** RFC 3454 table B.1: read over. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
/** RFC 4013 §2.3: tables C.2.1 to C.9. */
const PROHIBITED = new RegExp(
  [
    String.raw`[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]`, // C.2 (controls proper), C.3, C.5, C.4
    String.raw`[\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u{1d173}-\u{1d17a}]`, // C.2.2
    String.raw`[\ufff9-\ufffd\u2ff0-\u2ffb]`, // C.6, C.7
    String.raw`[\u0340\u0341\u200e\u200f\u202a-\u202e\u206a-\u206f]`, // C.8
    String.raw`[\u{e0001}\u{e0020}-\u{e007f}]`, // C.9
  ].join('|'),
  'u',
);
/** Letters that are written from right to left (table D.1), by the blocks of their scripts; and the rest (D.2). */
const RIGHT_TO_LEFT = /(?=\p{L})[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const LEFT_TO_RIGHT = /(?=\p{L})[^\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Prepares a user name or password for comparison (SASLprep, RFC 4013): blanks of all kinds become one kind, invisible
 * characters go, compatibility forms become plain (NFKC). Two ways to type a password become the same octets.
 *
 * Normalization and letters are those of the running Unicode version, not of Unicode 3.2, so that newer scripts and
 * emoji may stand in a password.
 *
 * @returns undefined for what must not be in a name or password, and for what is empty afterwards
 */
export function saslprep(text: string): string | undefined {
  const prepared = text.replace(OTHER_SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return prepared === '' || PROHIBITED.test(prepared) || !hasOneDirection(prepared) ? undefined : prepared;
}

/** RFC 3454 §6: right-to-left text holds no left-to-right letter, and begins and ends with a right-to-left one. */
function hasOneDirection(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return true;
  const characters = [...text];
  const bothEnds = [characters[0]!, characters.at(-1)!];
  return !LEFT_TO_RIGHT.test(text) && bothEnds.every((character) => RIGHT_TO_LEFT.test(character));
}
