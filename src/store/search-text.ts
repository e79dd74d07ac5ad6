import type { MessageSummary } from './message-store.js';

/** Folds case and composition, so that `Ä`, `ä` and `a` + U+0308 find each other. SQLite's own lower() knows ASCII only. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** What a search looks in: subject, addresses and user, one a line. */
export function searchText(message: MessageSummary): string {
  return fold([message.subject, message.from, message.mailFrom, message.user, ...message.rcptTo].join('\n'));
}
