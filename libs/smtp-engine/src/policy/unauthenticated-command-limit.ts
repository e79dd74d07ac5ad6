/** Commands that do not count: the way to log in, the way to encrypt first, and the way out. */
const NOT_COUNTED: ReadonlySet<string> = new Set(['AUTH', 'STARTTLS', 'QUIT']);

/** What the rule looks at; a Session is one. */
export interface UnauthenticatedCommandView {
  /** The option `maxAllowedUnauthenticatedCommands`; `false` means no limit. */
  readonly maxAllowedUnauthenticatedCommands: number | false;
  /** Commands counted so far, the present one included. */
  readonly unauthenticatedCommands: number;
}

/** Whether a command counts. Unknown verbs and empty lines do; lines of an AUTH exchange are no commands. */
export function countsAsUnauthenticated(verb: string): boolean {
  return !NOT_COUNTED.has(verb);
}

/** Whether the present command is one too many: commands 1 to the limit are answered, the next one is not. */
export function exceedsUnauthenticatedLimit(view: UnauthenticatedCommandView): boolean {
  const limit = view.maxAllowedUnauthenticatedCommands;
  return limit !== false && view.unauthenticatedCommands > limit;
}
