import { fold } from '../store/search-text.js';

/** The longest user name, in octets of UTF-8: room for a mail address (RFC 5321 §4.5.3.1). */
export const USERNAME_BYTES = 320;
/** The longest password, in octets of UTF-8. A bound, since a client that is not logged in makes us hash it. */
export const PASSWORD_BYTES = 1024;

/** Whether an account can have this name. */
export function isUsername(text: string): boolean {
  return isBounded(text, USERNAME_BYTES);
}

/** Whether an account can have this password. */
export function isPassword(text: string): boolean {
  return isBounded(text, PASSWORD_BYTES);
}

/** What makes two user names the same: letters whatever their case and composition. */
export function accountKey(username: string): string {
  return fold(username);
}

function isBounded(text: string, bytes: number): boolean {
  return text !== '' && !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= bytes;
}
