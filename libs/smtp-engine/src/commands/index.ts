import { extensions } from '../extensions/index.js';
import type { Command } from './command.js';
import { data } from './data.js';
import { ehlo, helo } from './ehlo.js';
import { help } from './help.js';
import { mail } from './mail.js';
import { noop } from './noop.js';
import { quit } from './quit.js';
import { rcpt } from './rcpt.js';
import { rset } from './rset.js';
import { vrfy } from './vrfy.js';

/** Every verb the engine knows: RFC 5321's and those of the extensions. */
export const commands: readonly Command[] = [
  ehlo,
  helo,
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
