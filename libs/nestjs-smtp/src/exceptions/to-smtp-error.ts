import { randomUUID } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { Reply, SmtpError } from 'smtp-engine';
import type { FailureKind, StageInfo } from '../smtp.stages.js';
import { SmtpException } from './smtp.exception.js';

/** How Nest's pipeline says that a guard returned false. */
const GUARD_SAID_NO = 'Forbidden resource';

const KIND_BY_STATUS: Readonly<Record<number, FailureKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  413: 'tooLarge',
  429: 'tooMany',
};

/** Turns anything thrown into the reply the client gets, with the cause the log gets. */
export function toSmtpError(thrown: unknown, stage: StageInfo): SmtpError {
  if (thrown instanceof SmtpError) return thrown;
  if (thrown instanceof SmtpException) return thrown.getError();
  if (isGuardRefusal(thrown)) return new SmtpError(stage.refusal);
  if (thrown instanceof HttpException && thrown.getStatus() < 500) {
    return new SmtpError(stage.failures[KIND_BY_STATUS[thrown.getStatus()] ?? 'badRequest'], { cause: thrown });
  }
  return unexpected(thrown, stage.failures.unexpected);
}

/** As the exception itself, or as the value that Nest's own filter makes of it. */
function isGuardRefusal(thrown: unknown): boolean {
  if (thrown instanceof RpcException) return thrown.getError() === GUARD_SAID_NO;
  if (typeof thrown !== 'object' || thrown === null || thrown instanceof Error) return false;
  return (thrown as { message?: unknown }).message === GUARD_SAID_NO;
}

/** The reply carries an id that stands in the log as well, so that a report can be traced without telling anything. */
function unexpected(thrown: unknown, reply: Reply): SmtpError {
  const text = `${reply.text} (${randomUUID()})`;
  return new SmtpError(new Reply(reply.code, reply.enhanced, text), {
    cause: thrown ?? new Error('nothing was thrown'),
  });
}
