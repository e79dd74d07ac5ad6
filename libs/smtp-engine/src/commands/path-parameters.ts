import type { PathArguments } from '../envelope.js';
import type { ParameterMap } from '../extensions/extension.js';
import type { SyntaxProblem } from '../protocol/syntax.js';
import { Reply, replies } from '../reply.js';
import type { Session } from '../session/session.js';

const malformed = new Reply(501, '5.5.4', 'Syntax error in a parameter');
const duplicate = new Reply(501, '5.5.4', 'A parameter is given twice');

/** The reply to an argument that could not be read. */
export function syntaxReply(problem: SyntaxProblem, badPath: Reply): Reply {
  if (problem === 'path') return badPath;
  return problem === 'parameter' ? malformed : duplicate;
}

/** Hands each ESMTP parameter to the extension that owns it; the first problem is the reply (RFC 5321 §4.1.1.11). */
export function readParameters<Draft>(
  parameters: ReadonlyMap<string, string | true>,
  owners: ParameterMap<Draft>,
  draft: Draft,
  session: Session,
): Reply | undefined {
  for (const [keyword, value] of parameters) {
    // After HELO no extension was offered, so none may be used (RFC 5321 §2.2.1).
    const owner = session.openingCommand === 'HELO' ? undefined : owners.get(keyword);
    if (owner === undefined) return replies.unknownParameter;
    const problem = owner(value, draft, session);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Parameters in the shape that smtp-server gives them. */
export function toArgs(parameters: ReadonlyMap<string, string | true>): PathArguments {
  return parameters.size === 0 ? false : Object.fromEntries(parameters);
}
