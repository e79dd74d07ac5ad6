import { Reply } from '../reply.js';
import type { Extension } from './extension.js';

const noValue = new Reply(501, '5.5.4', 'SMTPUTF8 takes no value');

/** SMTPUTF8 (RFC 6531): UTF-8 in addresses, only in a transaction that asks for it. */
export const smtpUtf8: Extension = {
  keyword: 'SMTPUTF8',
  offer: ({ options }) => !options.hideSMTPUTF8,
  mailParameters: {
    SMTPUTF8(value, draft) {
      if (value !== true) return noValue;
      draft.smtpUtf8 = true;
      return undefined;
    },
  },
};
