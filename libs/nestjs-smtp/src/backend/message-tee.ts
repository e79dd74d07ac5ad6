import type { MessageStream, Transaction } from 'smtp-engine';
import type { RouteShare } from '../routing/recipient-rules.js';
import { type BranchKeeper, type BranchPatience, RouteBranch } from './route-branch.js';

/** What a tee is made of. */
export interface TeeParts {
  readonly source: MessageStream;
  readonly transaction: Transaction;
  readonly shares: readonly RouteShare[];
  readonly patience: BranchPatience;
  /** There is one reply for all: a handler that refuses before the message comes refuses it for the others as well. */
  readonly isAllOrNone: boolean;
  report(error: Error, branch: RouteBranch): void;
}

/**
 * Gives one message to several handlers. It asks for it, which sends 354, when each of them has asked or refused; then the
 * slowest sets the pace, so that no more than one buffer is read ahead, however many there are.
 */
export class MessageTee implements BranchKeeper {
  readonly branches: readonly RouteBranch[];
  /** No handler has got any of the message. */
  isRefused = false;
  /** Why the message itself failed. */
  failure: Error | undefined;
  private isOpen = false;
  private isOver = false;
  private resolve!: () => void;

  constructor(private readonly parts: TeeParts) {
    const { shares, transaction, patience } = parts;
    this.branches = shares.map((share) => new RouteBranch(share, transaction, patience, this));
  }

  /** Resolves when every handler has answered, or has been given up. */
  run(call: (branch: RouteBranch) => unknown): Promise<void> {
    const { source, transaction } = this.parts;
    source.once('error', (error: Error) => this.lose(error));
    transaction.signal.addEventListener('abort', () => this.cut(transaction.signal.reason as Error), { once: true });
    return new Promise((resolve) => {
      this.resolve = resolve;
      for (const branch of this.branches) branch.start(() => call(branch));
    });
  }

  changed(): void {
    if (this.isRefused) return;
    if (!this.isOpen && !this.judge()) return;
    if (!this.isOver && this.branches.every(({ outcome }) => outcome !== undefined)) this.finish();
    this.flow();
  }

  report(error: Error, branch: RouteBranch): void {
    this.parts.report(error, branch);
  }

  /** Whether all have decided; then the message may come, or nobody gets it. */
  private judge(): boolean {
    const { branches } = this;
    if (!branches.every(({ isReady, outcome }) => isReady || outcome !== undefined)) return false;
    this.isOpen = true;
    const refused = branches.find(({ failed }) => failed);
    const isRefused = this.parts.isAllOrNone ? refused !== undefined : branches.every(({ failed }) => failed);
    if (isRefused) this.refuse(refused!);
    else this.open();
    return !isRefused;
  }

  private refuse(by: RouteBranch): void {
    this.isRefused = true;
    const { error } = by.outcome as { error: Error };
    for (const branch of this.branches) if (!branch.failed) branch.giveUp(error);
    this.resolve();
  }

  private open(): void {
    const { source } = this.parts;
    source.on('data', (piece: Buffer) => {
      for (const branch of this.branches) branch.give(piece, source);
      this.flow();
    });
    source.once('end', () => this.branches.forEach((branch) => branch.end()));
  }

  private flow(): void {
    const { source } = this.parts;
    if (this.branches.some(({ holdsUp }) => holdsUp)) source.pause();
    else if (source.isPaused()) source.resume();
  }

  /** Nobody needs the rest of the message any more; but one that took it without reading wants it to have come. */
  private finish(): void {
    this.isOver = true;
    const { source } = this.parts;
    if (!source.readableEnded && this.branches.some(({ succeeded }) => succeeded)) source.discard();
    this.resolve();
  }

  private lose(error: Error): void {
    this.failure ??= error;
    for (const branch of this.branches) branch.lose(error, this.parts.source);
  }

  private cut(reason: Error): void {
    this.failure ??= reason;
    for (const branch of this.branches) branch.cut(reason);
  }
}
