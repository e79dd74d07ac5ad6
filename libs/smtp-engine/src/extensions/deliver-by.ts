import { Reply, replies } from '../reply.js';
import type { Extension } from './extension.js';

const BY = /^([+-]?\d{1,9});([NR])(T?)$/i;
const badBy = new Reply(501, '5.5.4', 'BY is a number of seconds, a semicolon, N or R, and perhaps T');
const notInThePast = new Reply(501, '5.5.4', 'BY with mode R needs a time in the future');
const tooSoon = new Reply(555, '5.5.4', 'BY is less than the time offered in EHLO');

/** DELIVERBY (RFC 2852): deliver within so many seconds, or say so. */
export const deliverBy: Extension = {
  keyword: 'DELIVERBY',
  offer({ options }) {
    const settings = options.extensions.deliverBy;
    return settings !== undefined && (settings.minSeconds?.toString() ?? true);
  },
  mailParameters: {
    BY(value, draft, { options }) {
      const settings = options.extensions.deliverBy;
      if (settings === undefined) return replies.unknownParameter;
      const match = value === true ? null : BY.exec(value);
      if (match === null) return badBy;
      const seconds = Number(match[1]) || 0; // -0 is 0
      const mode = match[2]!.toUpperCase() as 'N' | 'R';
      // RFC 2852 §4: the time may have passed on an earlier hop only where the message is not returned for it.
      if (mode === 'R' && seconds <= 0) return notInThePast;
      if (mode === 'R' && seconds < (settings.minSeconds ?? 0)) return tooSoon;
      draft.deliverBy = { seconds, mode, trace: match[3] !== '' };
      return undefined;
    },
  },
};
