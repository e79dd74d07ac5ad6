import type { Reply } from '../reply.js';

/** One thing that is to go wrong. */
export interface ScriptedFailure {
  /** A verb; `'connect'`, in place of the greeting; `'message'`, when the handler has accepted one, in place of its reply. */
  readonly at: string;
  /** What the client is told (4yz or 5yz), or that the connection is gone. Left out: what is due, after `delayMs`. */
  readonly answer?: Reply | 'drop';
  /** Milliseconds to wait before. Default: 0. */
  readonly delayMs?: number;
  /** How many times. Default: 1. */
  readonly times?: number;
}

/**
 * What is to go wrong on the side of the server, in this order at each place; then all goes well. One script may serve
 * several connections, so that a sender finds things better when it comes again.
 *
 * @throws TypeError for a reply that is no failure
 * @example
 * const script = new FailureScript(
 *   { at: 'RCPT', answer: new Reply(450, '4.2.1', 'Busy'), times: 2 },
 *   { at: 'message', answer: 'drop' },
 * );
 */
export class FailureScript {
  private readonly steps: { readonly failure: ScriptedFailure; left: number }[];

  constructor(...failures: readonly ScriptedFailure[]) {
    const wrong = failures.find(({ answer }) => typeof answer === 'object' && answer.code < 400);
    if (wrong !== undefined) throw new TypeError(`the answer at ${wrong.at} is no failure: give it a code from 400 on`);
    this.steps = failures.map((failure) => ({ failure, left: failure.times ?? 1 }));
  }

  /** Failures that have not happened yet. */
  get left(): number {
    return this.steps.reduce((sum, { left }) => sum + left, 0);
  }

  /** Takes what is to happen now; undefined where all is to go well. */
  take(at: string): ScriptedFailure | undefined {
    const step = this.steps.find(({ failure, left }) => left > 0 && failure.at.toLowerCase() === at.toLowerCase());
    if (step === undefined) return undefined;
    step.left--;
    return step.failure;
  }
}
