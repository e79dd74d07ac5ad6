import { finished } from 'node:stream/promises';
import type { MessageStream } from '../session/message-stream.js';
import type { Session } from '../session/session.js';
import { type Reply, SmtpError } from '../reply.js';
import type { Wording } from './replies.js';

/** Waits for the end of a message whose handler has answered: it may have left the rest, or all, to be thrown away. */
export async function readWhole(message: MessageStream): Promise<void> {
  message.isDiscarded = true;
  if (message.readableEnded || message.destroyed) return;
  if (message.readableFlowing === null) message.resume();
  await finished(message, { cleanup: true }).catch(() => undefined);
}

/** What onData's answer stands for: a text, or a list with an answer for each recipient. */
export function verdictOf(value: unknown, lmtp: boolean, wording: Wording): Reply | Reply[] {
  if (!Array.isArray(value)) return accepted(value, lmtp ? 'OK: message accepted' : 'OK: message queued', wording);
  return value.map((item: unknown) =>
    item instanceof Error ? wording.refusal(item, 450) : accepted(item, 'OK: message accepted', wording),
  );
}

/** Without LMTP a list is said as it is, as smtp-server does: its last reply is the answer. None at all is a mistake. */
export function inOne(verdict: Reply | Reply[], { conversation }: Session): Reply | Reply[] {
  if (!Array.isArray(verdict) || verdict.length === 0) return verdict;
  for (const reply of verdict.slice(0, -1)) conversation.tell(reply);
  const last = verdict.at(-1)!;
  if (last.code >= 400) throw new SmtpError(last);
  return last;
}

function accepted(text: unknown, otherwise: string, wording: Wording): Reply {
  return wording.reply(250, typeof text === 'string' ? text : otherwise, '2.6.0');
}
