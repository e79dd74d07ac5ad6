import { extensions } from '../extensions/index.js';
import type { Command } from './command.js';
import { data } from './data.js';
import { ehlo, helo, lhlo } from './ehlo.js';
import { help } from './help.js';
import { mail } from './mail.js';
import { noop } from './noop.js';
import { quit } from './quit.js';
import { rcpt } from './rcpt.js';
import { rset } from './rset.js';
import { vrfy } from './vrfy.js';

const common: readonly Command[] = [
  mail,
  rcpt,
  data,
  rset,
  noop,
  vrfy,
  help,
  quit,
  ...extensions.flatMap((extension) => extension.commands ?? []),
];

/** Every verb the engine knows: RFC 5321's and those of the extensions. */
export const commands: readonly Command[] = [ehlo, helo, ...common];

/** Those of LMTP (RFC 2033 §4.1). */
export const lmtpCommands: readonly Command[] = [lhlo, ...common];
