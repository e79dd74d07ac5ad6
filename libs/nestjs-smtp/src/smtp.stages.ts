import { replies, Reply } from 'smtp-engine';

/** What went wrong, as far as the choice of a reply goes; see SmtpExceptionFilter. */
export type FailureKind =
  'badRequest' | 'unauthorized' | 'forbidden' | 'notFound' | 'tooLarge' | 'tooMany' | 'unexpected';

/** What this library has to know of a stage of the dialogue. */
export interface StageInfo {
  /** How its decorator is called. */
  readonly decorator: string;
  /** Reply where a guard says no without saying how. */
  readonly refusal: Reply;
  /** Reply to each kind of error. */
  readonly failures: Readonly<Record<FailureKind, Reply>>;
}

const slowDown = new Reply(451, '4.7.1', 'Too many requests, try again later');
const refusedData = replies.transactionFailed;

/** One line a stage; `command` is every command, before its own stage. */
export const stages = {
  auth: stage('SmtpAuth', replies.authenticationFailed, {
    unauthorized: replies.authenticationFailed,
    tooLarge: replies.authenticationFailed,
    tooMany: replies.temporaryAuthFailure,
    unexpected: replies.temporaryAuthFailure,
  }),
  mail: stage('SmtpMailFrom', replies.refused),
  rcpt: stage('SmtpRcptTo', replies.mailboxUnavailable, { badRequest: replies.refused, forbidden: replies.refused }),
  data: stage('SmtpData', refusedData),
  command: stage('SmtpCommand', replies.refused),
} as const;

/** A stage of the dialogue, as `SmtpContext.stage` names it. */
export type SmtpStage = keyof typeof stages;

/** The stages that have a decorator. */
export type HandledStage = Exclude<SmtpStage, 'command'>;

const stageOfVerb: Readonly<Record<string, SmtpStage>> = { AUTH: 'auth', MAIL: 'mail', RCPT: 'rcpt', DATA: 'data' };

/** The stage whose replies suit a command. */
export function stageFor(verb: string): StageInfo {
  return stages[stageOfVerb[verb] ?? 'command'];
}

function stage(decorator: string, refusal: Reply, failures: Partial<Record<FailureKind, Reply>> = {}): StageInfo {
  const defaults: Record<FailureKind, Reply> = {
    badRequest: refusal,
    unauthorized: replies.authenticationRequired,
    forbidden: refusal,
    notFound: refusal,
    tooLarge: replies.messageTooLarge,
    tooMany: slowDown,
    unexpected: replies.localError,
  };
  return { decorator, refusal, failures: { ...defaults, ...failures } };
}
