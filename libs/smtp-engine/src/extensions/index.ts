import { auth } from './auth.js';
import { binaryMime } from './binary-mime.js';
import { chunking } from './chunking.js';
import { deliverBy } from './deliver-by.js';
import { dsn } from './dsn.js';
import { eightBitMime } from './eight-bit-mime.js';
import { enhancedStatusCodes } from './enhanced-status-codes.js';
import type { Extension } from './extension.js';
import { futureRelease } from './future-release.js';
import { limits } from './limits.js';
import { mtPriority } from './mt-priority.js';
import { noSoliciting } from './no-soliciting.js';
import { pipelining } from './pipelining.js';
import { requireTls } from './requiretls.js';
import { rrvs } from './rrvs.js';
import { size } from './size.js';
import { smtpUtf8 } from './smtputf8.js';
import { starttls } from './starttls.js';
import { xclient } from './xclient.js';
import { xforward } from './xforward.js';

/** Every extension, in the order of the EHLO reply. */
export const extensions: readonly Extension[] = [
  pipelining,
  eightBitMime,
  smtpUtf8,
  enhancedStatusCodes,
  dsn,
  chunking,
  binaryMime,
  limits,
  deliverBy,
  futureRelease,
  mtPriority,
  noSoliciting,
  rrvs,
  auth,
  starttls,
  requireTls,
  size,
  xclient,
  xforward,
];
