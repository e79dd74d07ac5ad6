import { parseEnvid, parseNotify, parseOrcpt } from '../protocol/dsn.js';
import { isNonAscii } from '../protocol/syntax.js';
import { replies } from '../reply.js';
import type { Extension } from './extension.js';

/** DSN (RFC 3461): what the sender wants to be told about delivery. */
export const dsn: Extension = {
  keyword: 'DSN',
  offer: ({ options }) => !options.hideDSN,
  mailParameters: {
    RET(value, draft, { options }) {
      if (options.hideDSN) return replies.unknownParameter;
      const ret = value === true ? '' : value.toUpperCase();
      if (ret !== 'FULL' && ret !== 'HDRS') return replies.badRet;
      draft.dsn = { ret, envid: draft.dsn?.envid ?? null };
      return undefined;
    },
    ENVID(value, draft, { options }) {
      if (options.hideDSN) return replies.unknownParameter;
      const envid = value === true ? undefined : parseEnvid(value);
      if (envid === undefined) return replies.badEnvid;
      draft.dsn = { ret: draft.dsn?.ret ?? null, envid };
      return undefined;
    },
  },
  rcptParameters: {
    NOTIFY(value, draft, { options }) {
      if (options.hideDSN) return replies.unknownParameter;
      const notify = value === true ? undefined : parseNotify(value);
      if (notify === undefined) return replies.badNotify;
      draft.dsn = { ...draft.dsn, notify };
      return undefined;
    },
    ORCPT(value, draft, { options, current }) {
      if (options.hideDSN) return replies.unknownParameter;
      const orcpt = value === true ? undefined : parseOrcpt(value);
      if (orcpt === undefined) return replies.badOrcpt;
      // RFC 6533 §3: without SMTPUTF8 the address is written in ASCII.
      if (isNonAscii(String(value)) && !current!.envelope.smtpUtf8) return replies.smtpUtf8Required;
      draft.dsn = { ...draft.dsn, orcpt };
      return undefined;
    },
  },
};
