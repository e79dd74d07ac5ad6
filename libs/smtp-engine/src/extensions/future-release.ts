import { formatDateTime, parseDateTime } from '../protocol/date-time.js';
import type { ResolvedDialectOptions } from '../extension-options.js';
import { Reply, replies } from '../reply.js';
import type { Extension } from './extension.js';

const badInterval = new Reply(501, '5.5.4', 'HOLDFOR is a number of seconds, at most what EHLO offers');
const badTime = new Reply(501, '5.5.4', 'HOLDUNTIL is a date-time of RFC 3339, not later than EHLO offers');
const onlyOne = new Reply(501, '5.5.4', 'Give HOLDFOR or HOLDUNTIL, not both');

type Settings = NonNullable<ResolvedDialectOptions['extensions']['futureRelease']>;

/** FUTURERELEASE (RFC 4865): the message waits here until its time has come. */
export const futureRelease: Extension = {
  keyword: 'FUTURERELEASE',
  offer({ options }) {
    const settings = options.extensions.futureRelease;
    return settings !== undefined && `${settings.maxIntervalSeconds} ${formatDateTime(latest(settings))}`;
  },
  mailParameters: {
    HOLDFOR(value, draft, { options }) {
      const settings = options.extensions.futureRelease;
      if (settings === undefined) return replies.unknownParameter;
      if (draft.futureRelease !== undefined) return onlyOne;
      if (value === true || !/^\d{1,9}$/.test(value) || Number(value) > settings.maxIntervalSeconds) return badInterval;
      draft.futureRelease = { holdFor: Number(value) };
      return undefined;
    },
    HOLDUNTIL(value, draft, { options }) {
      const settings = options.extensions.futureRelease;
      if (settings === undefined) return replies.unknownParameter;
      if (draft.futureRelease !== undefined) return onlyOne;
      // A time that has passed is taken: the message is due, perhaps because the client had to wait for us.
      const holdUntil = value === true ? undefined : parseDateTime(value);
      if (holdUntil === undefined || holdUntil > latest(settings)) return badTime;
      draft.futureRelease = { holdUntil };
      return undefined;
    },
  },
};

function latest({ maxIntervalSeconds, maxDateTime }: Settings): Date {
  return maxDateTime ?? new Date(Date.now() + maxIntervalSeconds * 1000);
}
