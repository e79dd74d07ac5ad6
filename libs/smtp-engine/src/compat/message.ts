import { finished } from 'node:stream/promises';
import type { MessageStream } from '../session/message-stream.js';
import type { Wording } from './replies.js';
import { SmtpError } from '../reply.js';

/** Waits for the end of a message whose handler has answered: it may have left the rest, or all, to be thrown away. */
export async function readWhole(message: MessageStream): Promise<void> {
  message.isDiscarded = true;
  if (message.readableEnded || message.destroyed) return;
  if (message.readableFlowing === null) message.resume();
  await finished(message, { cleanup: true }).catch(() => undefined);
}

/** What onData's answer stands for: a text, or for LMTP a list with an answer for each recipient. */
export function verdictOf(value: unknown, lmtp: boolean, wording: Wording): unknown {
  if (!Array.isArray(value)) return accepted(value, lmtp ? 'OK: message accepted' : 'OK: message queued', wording);
  const answers = value.map((item: unknown) =>
    item instanceof Error ? new SmtpError(wording.refusal(item, 450)) : accepted(item, 'OK: message accepted', wording),
  );
  const [only] = answers;
  if (lmtp || answers.length !== 1) return answers; // the engine looks whether it fits
  if (only instanceof Error) throw only;
  return only;
}

function accepted(text: unknown, otherwise: string, wording: Wording): unknown {
  return wording.reply(250, typeof text === 'string' ? text : otherwise, '2.6.0');
}
