import { replies } from '../reply.js';
import type { Extension } from './extension.js';

/** SIZE (RFC 1870): the limit is advertised, a declared size checked; real octets are counted by the reception. */
export const size: Extension = {
  keyword: 'SIZE',
  offer: ({ options }) => options.hideSize || options.size === 0 || String(options.size),
  mailParameters: {
    SIZE(value, draft, { options }) {
      // RFC 1870 §3: 1 to 20 digits.
      if (value === true || !/^\d{1,20}$/.test(value)) return replies.badSize;
      draft.declaredSize = Number(value);
      const tooLarge = !options.hideSize && options.size > 0 && draft.declaredSize > options.size;
      return tooLarge ? replies.messageTooLarge : undefined;
    },
  },
};
