import { replies } from '../reply.js';
import type { Extension } from './extension.js';

/** REQUIRETLS (RFC 8689): the message travels with TLS or not at all; offered under TLS only (§2). */
export const requireTls: Extension = {
  keyword: 'REQUIRETLS',
  offer: (session) => !session.options.hideREQUIRETLS && session.secure,
  mailParameters: {
    REQUIRETLS(value, draft, session) {
      if (session.options.hideREQUIRETLS) return replies.unknownParameter;
      if (value !== true) return replies.requireTlsTakesNoValue;
      if (!session.secure) return replies.requireTlsNeedsTls;
      draft.requireTLS = true;
      return undefined;
    },
  },
};
