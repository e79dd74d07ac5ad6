import type { CommandAnswer } from '../commands/command.js';

/** An answer that is not known yet. Unlike that of a promise it is heard at once, in the turn in which it is given. */
export class LaterAnswer {
  private given: { readonly answer: CommandAnswer } | undefined;
  private hear: ((answer: CommandAnswer) => void) | undefined;

  /** May be called once. */
  give(answer: CommandAnswer): void {
    if (this.hear === undefined) this.given = { answer };
    else this.hear(answer);
  }

  /** Calls `hear` when the answer is given, or now. */
  whenGiven(hear: (answer: CommandAnswer) => void): void {
    if (this.given === undefined) this.hear = hear;
    else hear(this.given.answer);
  }
}
