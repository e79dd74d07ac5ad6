import type { Command } from '../commands/command.js';
import { ChunkDecoder } from '../protocol/chunk-decoder.js';
import { Reply } from '../reply.js';
import type { OctetReader } from './input.js';
import { isPositive } from './outcome.js';
import type { Session } from './session.js';

/**
 * The octets that follow a command which says how many they are (BDAT, RFC 3030 §2). Whoever answers the command, they
 * are read before its reply, so that the dialogue stays in step.
 */
export class CommandOctets {
  private constructor(
    readonly decoder: ChunkDecoder,
    /** They end a message. */
    private readonly isLast: boolean,
  ) {}

  /** Those of a command; undefined where none follow, `'unknown'` where nobody can tell how many. */
  static behind(command: Command | undefined, args: string): CommandOctets | 'unknown' | undefined {
    if (command?.octetsBehind === undefined) return undefined;
    const expected = command.octetsBehind(args);
    return expected === undefined ? 'unknown' : new CommandOctets(new ChunkDecoder(expected.size), expected.isLast);
  }

  /** What the command answers: a refusal ends the transaction, and goes to all that the message would have answered. */
  answers(answer: Reply | readonly Reply[] | undefined, session: Session): readonly Reply[] {
    const answers = answer instanceof Reply ? [answer] : (answer ?? []);
    if (answers.every(isPositive)) return answers;
    // A transaction that is still open was not asked.
    const { current } = session;
    const isForAll = current !== undefined && this.isLast && answer instanceof Reply;
    session.resetTransaction();
    return isForAll ? current.answerEach(answer) : answers;
  }

  /** Reads what is left of them and throws it away, then calls `end`; undefined where nothing is left. */
  rest(end: () => void): OctetReader | undefined {
    const { decoder } = this;
    if (decoder.isComplete) return undefined;
    return { isStalled: false, read: (chunk) => decoder.decode(chunk, ignore), end };
  }
}

function ignore(): void {
  // nobody wants them
}
