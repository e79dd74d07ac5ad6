import type { ResolvedOptions } from '../resolved-options.js';
import { now } from './deadlines.js';
import type { OctetReader } from './input.js';

/**
 * Whose turn it is, and until when. A client has `socketTimeout` to do something; while it waits for us its clock stands
 * still, and there is a limit for what we wait for ourselves.
 */
export class Turn {
  deadline = Infinity;
  /** It is for us to move on, not for the client. */
  isOurs = false;
  /** Until when the present command must have come on; Infinity while nothing limits it. */
  limit = Infinity;

  constructor(private readonly options: ResolvedOptions) {}

  /** The client has done something, or has to do something now: its time starts anew. */
  clientActed(): void {
    this.deadline = this.freshDeadline();
  }

  /** So many octets have come for a reader: each counts, and their pace where it is watched. */
  octetsCame(octets: number, { pace }: OctetReader): void {
    this.deadline = pace === undefined ? this.freshDeadline() : pace.deadlineAfter(octets, now());
  }

  /**
   * After each step.
   *
   * @param waiting a command has not been answered, and nothing more of the client is needed for it
   * @param reader who reads octets; one that is stalled has the client wait
   */
  settle(waiting: boolean, reader: OctetReader | undefined): void {
    const stalled = reader?.isStalled ?? false;
    if (waiting) this.deadline = this.limit;
    else if (stalled && !this.isOurs) this.stall(reader!);
    else if (this.isOurs && !stalled) this.deadline = reader?.pace?.goOn(now()) ?? this.freshDeadline();
    this.isOurs = waiting || stalled;
  }

  /** The handler does not read on: it has some time to. */
  private stall({ pace }: OctetReader): void {
    pace?.wait(now());
    this.deadline = now() + this.options.handlerTimeouts.data;
  }

  private freshDeadline(): number {
    return now() + this.options.socketTimeout;
  }
}
