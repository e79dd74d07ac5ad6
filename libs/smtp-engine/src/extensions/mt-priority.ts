import { Reply, replies } from '../reply.js';
import type { Extension } from './extension.js';

// RFC 6710 §4: 501 with 5.5.2.
const badPriority = new Reply(501, '5.5.2', 'MT-PRIORITY is a number from -9 to 9');

/** MT-PRIORITY (RFC 6710): how urgent the message is, 9 most of all. */
export const mtPriority: Extension = {
  keyword: 'MT-PRIORITY',
  offer({ options }) {
    const settings = options.extensions.mtPriority;
    return settings !== undefined && (settings.profile ?? true);
  },
  mailParameters: {
    'MT-PRIORITY'(value, draft, { options }) {
      if (options.extensions.mtPriority === undefined) return replies.unknownParameter;
      if (value === true || !/^(?:-?[1-9]|0)$/.test(value)) return badPriority;
      draft.mtPriority = Number(value);
      return undefined;
    },
  },
};
