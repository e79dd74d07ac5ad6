/** RFC 3865 §2.2: words that begin with a letter, joined by commas. */
const KEYWORDS = /^[A-Za-z][A-Za-z0-9.:_-]*(?:,[A-Za-z][A-Za-z0-9.:_-]*)*$/;
/** RFC 3865 §2.2: the list has at most 1,000 characters. */
const MAX_LENGTH = 1000;

/** Whether a text is a list of solicitation class keywords. */
export function isSolicitationKeywords(text: string): boolean {
  return text.length <= MAX_LENGTH && KEYWORDS.test(text);
}
