import type { Extension } from './extension.js';

/** RFC 9422 §4: a limit has at most six digits. */
const MAX_VALUE = 999_999;

/** LIMITS (RFC 9422): the limits that hold in this session, so that a client need not run into them. */
export const limits: Extension = {
  keyword: 'LIMITS',
  offer: ({ options }) => !options.hideLIMITS && `RCPTMAX=${Math.min(options.maxRecipients, MAX_VALUE)}`,
};
