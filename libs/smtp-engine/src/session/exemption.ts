import type { ExemptibleRule } from '../backend.js';
import { attempt } from './outcome.js';
import type { Session } from './session.js';

/** Asks the application whether it lifts a rule for this session now; a failure means no. */
export function isExempt(rule: ExemptibleRule, session: Session): boolean | Promise<boolean> {
  const { backend, conversation } = session;
  if (backend.isExempt === undefined) return false;
  return attempt(
    () => backend.isExempt!(rule, session),
    (answer) => answer === true,
    (error) => {
      conversation.report(error);
      return false;
    },
  );
}
