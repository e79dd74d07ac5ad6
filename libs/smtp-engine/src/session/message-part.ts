import type { CommandResult } from '../commands/command.js';
import { diagnostics } from '../diagnostics.js';
import { Reply, replies } from '../reply.js';
import { LaterAnswer } from './later-answer.js';
import { isPositive } from './outcome.js';
import type { Session } from './session.js';

/** Finds in the input what belongs to a message. */
export interface OctetDecoder {
  /** @returns the offset behind the end, or -1 when more is to come */
  decode(chunk: Buffer, sink: (piece: Buffer) => void): number;
  /** Whether a lone dot between bare line ends has come; undefined where the decoder does not look. */
  readonly ambiguous?: boolean;
}

/** A message as the dialogue carries it: all of it in one part with DATA, a chunk of it with BDAT. */
export interface MessagePart {
  readonly decoder: OctetDecoder;
  /** What asks the client for the octets: 354. Those of a chunk come unasked (RFC 3030 §2). */
  readonly invitation: Reply | undefined;
  /** The end of the part is the end of the message. */
  readonly isLast: boolean;
  /** How many octets it has, where that is known before. */
  readonly octets?: number;
}

/** What the dialogue says to a part. */
export interface PartAnswer {
  readonly replies: readonly Reply[];
  /** The transaction is over. */
  readonly isFinal: boolean;
}

/** The one path of DATA and BDAT: the part goes to the handler; the last answer ends the transaction, whatever it says. */
export function receivePart(session: Session, part: MessagePart): CommandResult {
  if (session.backend.data === undefined) {
    session.resetTransaction();
    return replies.noMessageService;
  }
  const later = new LaterAnswer();
  session.conversation.receive(part, (answer) => later.give(concluded(answer, session)));
  return later;
}

function concluded(answer: PartAnswer, session: Session): readonly Reply[] {
  if (!answer.isFinal) {
    session.phase = 'bdat';
    return answer.replies;
  }
  const transaction = session.current!;
  if (diagnostics.message.hasSubscribers) {
    const { byteLength } = transaction.reception!.message;
    const [reply] = answer.replies;
    diagnostics.message.publish({ session, transaction, byteLength, reply, replies: answer.replies });
  }
  if (answer.replies.some(isPositive)) session.commandsWithoutMail = 0;
  session.resetTransaction();
  return answer.replies;
}

/** 250 for a chunk that is not the last (RFC 3030 §2). */
export function chunkReceived(octets: number | undefined): Reply {
  return new Reply(250, '2.0.0', `${octets} octets received`);
}
