const DATE_TIME =
  /^([1-9]\d{3})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d{1,9})?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;
const MINUTE_MS = 60_000;

/** Reads a date-time of RFC 3339 §5.6; a leap second is the second behind it. undefined when it is none. */
export function parseDateTime(text: string): Date | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // A day that its month does not have would silently be one of the next.
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  const fraction = Math.floor(Number(`0${match[7] ?? ''}`) * 1000);
  const offset = match[8] === undefined ? 0 : (Number(match[9]) * 60 + Number(match[10])) * MINUTE_MS;
  const local = midnight.getTime() + (hour * 60 + minute) * MINUTE_MS + second * 1000 + fraction;
  return new Date(match[8] === '-' ? local + offset : local - offset);
}

/** Writes a date-time of RFC 3339, in UTC, without fractions of a second. */
export function formatDateTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
