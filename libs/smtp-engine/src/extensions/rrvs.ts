import { parseDateTime } from '../protocol/date-time.js';
import { Reply, replies } from '../reply.js';
import type { Extension } from './extension.js';

const badRrvs = new Reply(501, '5.5.4', 'RRVS is a date-time of RFC 3339, and perhaps ;C or ;R');

/** RRVS (RFC 7293): the mailbox must have belonged to the same person since then. */
export const rrvs: Extension = {
  keyword: 'RRVS',
  offer: ({ options }) => options.extensions.rrvs,
  rcptParameters: {
    RRVS(value, draft, { options }) {
      if (!options.extensions.rrvs) return replies.unknownParameter;
      const [, time = '', action = 'R'] = /^([^;]+)(?:;([CR]))?$/i.exec(String(value)) ?? [];
      const since = parseDateTime(time);
      if (since === undefined) return badRrvs;
      draft.rrvs = { since, action: action.toUpperCase() === 'C' ? 'continue' : 'reject' };
      return undefined;
    },
  },
};
