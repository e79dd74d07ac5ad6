import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../backend.js';
import { replies, SmtpError } from '../reply.js';
import type { Session } from '../session/session.js';
import type { FailureScript, ScriptedFailure } from './failure-script.js';

/** The hooks of a backend, with what a script says in front of them; `drop` ends the connection. */
export function failingHooks(own: Backend, script: FailureScript, drop: () => void): Backend {
  const play = async (at: string, session: Session): Promise<void> => {
    const failure = script.take(at);
    if (failure === undefined) return;
    await fail(failure, session);
    if (failure.answer === 'drop') drop();
    // A message that is complete has its handler's result whatever becomes of the client; nothing else is to follow.
    if (failure.answer !== 'drop' || at === 'message') return;
    if (!session.signal.aborted) await once(session.signal, 'abort');
    throw new SmtpError(replies.serviceUnavailable); // heard by nobody
  };
  const failing: Backend = {
    async connect(session) {
      await play('connect', session);
      return own.connect?.(session);
    },
    async command(command, session) {
      await play(command.verb, session);
      return own.command?.(command, session);
    },
  };
  if (own.data !== undefined) {
    failing.data = async (message, transaction) => {
      const result = await own.data!(message, transaction);
      await play('message', transaction.session);
      return result;
    };
  }
  // A backend may be of a class with private fields: its own methods need it as it is.
  return new Proxy(own, {
    get(target, name: keyof Backend) {
      const method: unknown = failing[name] ?? target[name];
      return typeof method === 'function' ? (method.bind(failing[name] ? failing : target) as unknown) : method;
    },
  });
}

/** @throws SmtpError with the answer */
async function fail({ answer, delayMs = 0 }: ScriptedFailure, session: Session): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: session.signal }).catch(() => undefined);
  if (answer !== undefined && answer !== 'drop') throw new SmtpError(answer);
}
