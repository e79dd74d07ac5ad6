import type { Extension } from './extension.js';

/** ENHANCEDSTATUSCODES (RFC 2034): every 2yz, 4yz and 5yz reply after the greeting carries a code of RFC 3463. */
export const enhancedStatusCodes: Extension = {
  keyword: 'ENHANCEDSTATUSCODES',
  offer: ({ options }) => !options.hideENHANCEDSTATUSCODES,
};
