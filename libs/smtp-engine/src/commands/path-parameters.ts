import type { PathArguments } from '../mail-path.js';
import type { ParameterMap } from '../extensions/extension.js';
import type { ReadPath } from '../manner-options.js';
import { isNonAscii, type PathArgument, type SyntaxProblem } from '../protocol/syntax.js';
import { type Reply, replies } from '../reply.js';
import type { Session } from '../session/session.js';

/** The reply to an argument that could not be read. */
function syntaxReply(problem: SyntaxProblem, badPath: Reply): Reply {
  if (problem === 'path') return badPath;
  return problem === 'parameter' ? replies.malformedParameter : replies.duplicateParameter;
}

/** The argument of MAIL or RCPT as the listener reads it, or the reply to one that it does not take. */
export function readPathArgument(
  verb: 'MAIL' | 'RCPT',
  argument: string,
  session: Session,
  parse: (argument: string) => PathArgument | SyntaxProblem,
  badPath: Reply,
): ReadPath | Reply {
  const { readPath } = session.options;
  if (readPath !== undefined) return readPath(verb, argument, session);
  const read = parse(argument);
  return typeof read === 'string' ? syntaxReply(read, badPath) : read;
}

/** Hands each ESMTP parameter to the extension that owns it; the first problem is the reply (RFC 5321 §4.1.1.11). */
export function readParameters<Draft>(
  parameters: ReadonlyMap<string, string | true>,
  owners: ParameterMap<Draft>,
  draft: Draft,
  session: Session,
): Reply | undefined {
  if (parameters.size === 0) return undefined; // nearly always: saves the iterator
  const keepsAll = session.options.unknownParameters === 'keep';
  for (const [keyword, value] of parameters) {
    // After HELO no extension was offered, so none may be used (RFC 5321 §2.2.1).
    const owner = session.openingCommand === 'HELO' && !keepsAll ? undefined : owners.get(keyword);
    const problem = owner === undefined ? replies.unknownParameter : owner(value, draft, session);
    if (problem !== undefined && !(keepsAll && problem === replies.unknownParameter)) return problem;
  }
  return undefined;
}

/** Whether a path has to wait for SMTPUTF8 (RFC 6531 §3.4). */
export function needsSmtpUtf8(address: string, smtpUtf8: boolean | undefined, { options }: Session): boolean {
  return !smtpUtf8 && isNonAscii(address) && options.commandSyntax === 'strict';
}

/** Parameters in the shape that smtp-server gives them. */
export function toArgs(parameters: ReadonlyMap<string, string | true>): PathArguments {
  return parameters.size === 0 ? false : Object.fromEntries(parameters);
}
