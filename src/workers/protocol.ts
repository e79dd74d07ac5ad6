import type { ListenerAddress } from 'smtp-engine';
import { StoreStoppedError, failureOf } from '../store/failure.js';
import type { Failure } from '../store/failure.js';
import { StorageFullError } from '../store/message-store.js';
import type { OwnerOperation } from './owner-operations.js';

/**
 * What a worker sends: a question, that gets one answer with its number; once, that its ports are open, or why they
 * cannot be.
 */
export type FromWorker =
  | { readonly number: number; readonly ask: OwnerOperation; readonly args: readonly unknown[] }
  | { readonly ready: readonly ListenerAddress[] }
  | { readonly failed: string };

/** What the owner sends: an answer, or that it is time to finish. */
export type FromOwner =
  | { readonly number: number; readonly value?: unknown; readonly failure?: Failure | undefined }
  | { readonly drain: true };

/** A failure as it crosses to the worker, which turns it into the same error again. */
export function crossing(error: unknown): Failure {
  const failure = failureOf(error);
  if (error instanceof StorageFullError) return { ...failure, kind: 'no-room' };
  if (error instanceof StoreStoppedError) return { ...failure, kind: 'fatal' };
  return failure;
}
