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
const slowDownAndGo = new Reply(421, '4.7.0', 'Too many requests, try again later');
const refusedData = replies.transactionFailed;

const connection = {
  unauthorized: replies.connectionRefused,
  tooLarge: replies.connectionRefused,
  tooMany: slowDownAndGo,
  unexpected: replies.serviceUnavailable,
};
const login = {
  unauthorized: replies.authenticationFailed,
  tooLarge: replies.authenticationFailed,
  tooMany: replies.temporaryAuthFailure,
  unexpected: replies.temporaryAuthFailure,
};

/** One line a stage; `command` is every command, before its own stage. */
export const stages = {
  connect: stage('SmtpConnect', replies.connectionRefused, connection),
  secure: stage('SmtpSecure', replies.connectionRefused, connection),
  hello: stage('SmtpHello', replies.refused),
  secret: stage('SmtpSecret', replies.authenticationFailed, login),
  auth: stage('SmtpAuth', replies.authenticationFailed, login),
  mail: stage('SmtpMailFrom', replies.refused),
  rcpt: stage('SmtpRcptTo', replies.mailboxUnavailable, { badRequest: replies.refused, forbidden: replies.refused }),
  data: stage('SmtpData', refusedData),
  command: stage('SmtpCommand', replies.refused),
  // Nobody is there to be told.
  close: stage('SmtpClose', replies.refused),
} as const;

/** A stage of the dialogue, as `SmtpContext.stage` names it. */
export type SmtpStage = keyof typeof stages;

const stageOfVerb: Readonly<Record<string, SmtpStage>> = {
  EHLO: 'hello',
  HELO: 'hello',
  LHLO: 'hello',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  BDAT: 'data',
};

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
