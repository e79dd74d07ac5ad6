import type { BodyType } from '../envelope.js';
import { replies } from '../reply.js';
import type { Extension } from './extension.js';

const TYPES: ReadonlyMap<string, BodyType> = new Map([
  ['7BIT', '7bit'],
  ['8BITMIME', '8bitmime'],
  ['BINARYMIME', 'binarymime'], // RFC 3030 §3
]);
/** 8BITMIME (RFC 6152): octets above 127 pass unchanged, declared or not. */
export const eightBitMime: Extension = {
  keyword: '8BITMIME',
  offer: ({ options }) => !options.hide8BITMIME,
  mailParameters: {
    BODY(value, draft, { options }) {
      const type = TYPES.get(String(value).toUpperCase());
      if (type === undefined) return replies.badBody;
      if (type === 'binarymime' && !options.extensions.binaryMime) return replies.unknownParameter;
      draft.bodyType = type;
      return undefined;
    },
  },
};
