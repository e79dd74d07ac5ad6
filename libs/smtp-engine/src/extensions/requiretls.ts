import { Reply, replies } from '../reply.js';
import type { Extension } from './extension.js';

const noValue = new Reply(501, '5.5.4', 'REQUIRETLS takes no value');
const needsTls = new Reply(530, '5.7.10', 'REQUIRETLS needs TLS, issue STARTTLS first');

/** REQUIRETLS (RFC 8689): the message travels with TLS or not at all; offered under TLS only (§2). */
export const requireTls: Extension = {
  keyword: 'REQUIRETLS',
  offer: (session) => !session.options.hideREQUIRETLS && session.secure,
  mailParameters: {
    REQUIRETLS(value, draft, session) {
      if (session.options.hideREQUIRETLS) return replies.unknownParameter;
      if (value !== true) return noValue;
      if (!session.secure) return needsTls;
      draft.requireTLS = true;
      return undefined;
    },
  },
};
