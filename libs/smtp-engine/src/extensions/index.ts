import { auth } from './auth.js';
import { eightBitMime } from './eight-bit-mime.js';
import { enhancedStatusCodes } from './enhanced-status-codes.js';
import type { Extension, MailDraft, ParameterMap, ParameterReader } from './extension.js';
import { pipelining } from './pipelining.js';
import { size } from './size.js';
import { smtpUtf8 } from './smtputf8.js';
import { starttls } from './starttls.js';
import { xclient } from './xclient.js';

/** Every extension, in the order of the EHLO reply. */
export const extensions: readonly Extension[] = [
  pipelining,
  eightBitMime,
  smtpUtf8,
  enhancedStatusCodes,
  auth,
  starttls,
  size,
  xclient,
];

/** Who owns which parameter of MAIL. */
export const mailParameters: ParameterMap<MailDraft> = new Map(
  extensions.flatMap((extension): [string, ParameterReader<MailDraft>][] =>
    Object.entries(extension.mailParameters ?? {}),
  ),
);

/** Who owns which parameter of RCPT. */
export const rcptParameters: ParameterMap<object> = new Map(
  extensions.flatMap((extension): [string, ParameterReader<object>][] =>
    Object.entries(extension.rcptParameters ?? {}),
  ),
);
