import type { ExemptibleRule } from '../backend.js';
import { isPromise } from './outcome.js';
import type { Session } from './session.js';

/** Asks the application whether it lifts a rule for this session now; a failure means no. */
export function isExempt(rule: ExemptibleRule, session: Session): boolean | Promise<boolean> {
  const { backend, conversation } = session;
  if (backend.isExempt === undefined) return false;
  const denied = (error: unknown): boolean => {
    conversation.report(error);
    return false;
  };
  try {
    const answer = backend.isExempt(rule, session);
    return isPromise(answer) ? answer.then((value) => value === true, denied) : answer === true;
  } catch (error) {
    return denied(error);
  }
}
