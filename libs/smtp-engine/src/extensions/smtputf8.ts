import { replies } from '../reply.js';
import type { Extension } from './extension.js';

/** SMTPUTF8 (RFC 6531): UTF-8 in addresses, only in a transaction that asks for it. */
export const smtpUtf8: Extension = {
  keyword: 'SMTPUTF8',
  offer: ({ options }) => !options.hideSMTPUTF8,
  mailParameters: {
    SMTPUTF8(value, draft) {
      if (value !== true) return replies.smtpUtf8TakesNoValue;
      draft.smtpUtf8 = true;
      return undefined;
    },
  },
};
