import type { Extension } from './extension.js';

/** PIPELINING (RFC 2920): the transport answers a group of commands in one write. */
export const pipelining: Extension = {
  keyword: 'PIPELINING',
  offer: ({ options }) => !options.hidePIPELINING,
};
