/** Commands that do not count: the steps of a message that MAIL has begun, the way to log in or to encrypt, the way out. */
const NOT_COUNTED: ReadonlySet<string> = new Set(['RCPT', 'DATA', 'BDAT', 'AUTH', 'STARTTLS', 'QUIT']);

/** What the rule looks at; a Session is one. */
export interface CommandsWithoutMailView {
  /** The option `maxCommandsWithoutMail`; `false` means no limit. */
  readonly maxCommandsWithoutMail: number | false;
  /** Commands counted since the connection began or a message was accepted, the present one included. */
  readonly commandsWithoutMail: number;
}

/** Whether a command counts. Unknown verbs and empty lines do. */
export function countsWithoutMail(verb: string): boolean {
  return !NOT_COUNTED.has(verb);
}

/** Whether the present command is one too many: commands 1 to the limit are answered, the next one is not. */
export function exceedsCommandsWithoutMail(view: CommandsWithoutMailView): boolean {
  const limit = view.maxCommandsWithoutMail;
  return limit !== false && view.commandsWithoutMail > limit;
}
