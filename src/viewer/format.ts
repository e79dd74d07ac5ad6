import type { MessageSummary } from '../store/message-store.js';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'];

/** `1536` → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const unit = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Day and time apart, both in UTC: the server does not know where its reader sits. */
export function formatDate(date: Date): { day: string; time: string } {
  return { day: DAY.format(date), time: `${TIME.format(date)} UTC` };
}

/** TLS version and cipher, or that there was none. */
export function formatTls(message: MessageSummary): string {
  return message.tls ?? (message.secure ? 'yes' : 'none, the mail came in clear');
}
