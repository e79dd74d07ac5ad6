import type { Extension } from './extension.js';

/** BINARYMIME (RFC 3030 §3): a value of BODY, which 8BITMIME owns. */
export const binaryMime: Extension = {
  keyword: 'BINARYMIME',
  offer: ({ options }) => options.extensions.binaryMime,
};
