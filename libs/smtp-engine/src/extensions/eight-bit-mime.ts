import { Reply } from '../reply.js';
import type { Extension } from './extension.js';

const badBody = new Reply(501, '5.5.4', 'BODY is 7BIT or 8BITMIME');

/** 8BITMIME (RFC 6152): octets above 127 pass unchanged, declared or not. */
export const eightBitMime: Extension = {
  offer: (session) => (session.options.hide8BITMIME ? undefined : '8BITMIME'),
  mailParameters: {
    BODY(value, draft) {
      const type = value === true ? '' : value.toUpperCase();
      if (type !== '7BIT' && type !== '8BITMIME') return badBody;
      draft.bodyType = type === '8BITMIME' ? '8bitmime' : '7bit';
      return undefined;
    },
  },
};
