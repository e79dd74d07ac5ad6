import { commands, lmtpCommands } from './commands/index.js';
import type { Command, CommandMap } from './commands/command.js';
import type { Extension, MailDraft, ParameterMap, RcptDraft } from './extensions/extension.js';
import { extensions } from './extensions/index.js';

/** The protocol as a listener speaks it: the engine's verbs, extensions and parameters, and those of the application. */
export interface Dialect {
  readonly commands: CommandMap;
  /** In the order of the EHLO reply. */
  readonly extensions: readonly Extension[];
  readonly mailParameters: ParameterMap<MailDraft>;
  readonly rcptParameters: ParameterMap<RcptDraft>;
}

/** RFC 5321 §4.1.1.1: ehlo-keyword, esmtp-keyword; the verbs that are in use look the same. */
const KEYWORD = /^[A-Z0-9][A-Z0-9-]*$/;

/** Puts the protocol of a listener together; what the application adds may replace nothing. */
export function makeDialect(
  lmtp: boolean,
  disabledCommands: ReadonlySet<string>,
  custom: readonly Extension[],
  problems: string[],
): Dialect {
  checkCustom(custom, problems);
  const all = [...extensions, ...custom];
  const verbs = [...(lmtp ? lmtpCommands : commands), ...custom.flatMap(commandsOf)];
  return {
    commands: new Map(
      verbs.filter(({ verb }) => !disabledCommands.has(verb)).map((command) => [command.verb, command]),
    ),
    extensions: all,
    mailParameters: new Map(all.flatMap((extension) => Object.entries(extension.mailParameters ?? {}))),
    rcptParameters: new Map(all.flatMap((extension) => Object.entries(extension.rcptParameters ?? {}))),
  };
}

function commandsOf(extension: Extension): readonly Command[] {
  return extension.commands ?? [];
}

/** The names an extension brings, by kind. */
const NAMES: readonly (readonly [kind: string, names: (extension: Extension) => readonly string[]])[] = [
  ['EHLO keyword', ({ keyword }) => [keyword]],
  ['verb', (extension) => commandsOf(extension).map(({ verb }) => verb)],
  ['parameter of MAIL', ({ mailParameters = {} }) => Object.keys(mailParameters)],
  ['parameter of RCPT', ({ rcptParameters = {} }) => Object.keys(rcptParameters)],
];

function checkCustom(custom: readonly Extension[], problems: string[]): void {
  const verbs = [...commands, ...lmtpCommands].map(({ verb }) => verb);
  for (const [kind, names] of NAMES) {
    const taken = new Set([...extensions.flatMap(names), ...(kind === 'verb' ? verbs : [])]);
    for (const name of custom.flatMap(names)) {
      if (!KEYWORD.test(name)) {
        problems.push(`customExtensions: ${JSON.stringify(name)} is no ${kind}; write capitals, digits and hyphens`);
      } else if (taken.has(name)) {
        problems.push(`customExtensions: the ${kind} ${name} is taken; choose another name`);
      }
      taken.add(name);
    }
  }
}
