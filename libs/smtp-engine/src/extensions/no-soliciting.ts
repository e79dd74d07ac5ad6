import { isSolicitationKeywords } from '../protocol/solicitation.js';
import { Reply, replies } from '../reply.js';
import type { Extension } from './extension.js';

const badKeywords = new Reply(501, '5.5.4', 'SOLICIT is a list of solicitation class keywords');

/** NO-SOLICITING (RFC 3865): the sign at the door, and what a message says it is. */
export const noSoliciting: Extension = {
  keyword: 'NO-SOLICITING',
  offer({ options }) {
    const settings = options.extensions.noSoliciting;
    return settings !== undefined && (settings.keywords?.join(',') || true);
  },
  mailParameters: {
    SOLICIT(value, draft, { options }) {
      const settings = options.extensions.noSoliciting;
      if (settings === undefined) return replies.unknownParameter;
      if (value === true || !isSolicitationKeywords(value)) return badKeywords;
      draft.solicit = value.split(',');
      const unwanted = new Set(settings.keywords?.map((keyword) => keyword.toUpperCase()));
      const found = draft.solicit.find((keyword) => unwanted.has(keyword.toUpperCase()));
      return found === undefined ? undefined : new Reply(550, '5.7.1', `SOLICIT=${found} is not wanted here`);
    },
  },
};
