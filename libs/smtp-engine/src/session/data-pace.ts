/**
 * How fast a message has to come (a client that sends an octet now and then would hold its place for ever): a grace
 * period, and from then on so many octets a second on average. Time in which the handler does not read is not the client's.
 */
export class DataPace {
  private octets = 0;
  private waitedMs = 0;
  private waitingSince: number | undefined;

  /** @param startedAt a time of `now()`, as all times here */
  constructor(
    private readonly octetsPerSecond: number,
    private readonly graceMs: number,
    private readonly startedAt: number,
  ) {}

  /** Until when the next octets must have come. */
  deadlineAfter(octets: number, time: number): number {
    this.octets += octets;
    if (this.octetsPerSecond === 0) return time + this.graceMs;
    const allowedMs = this.graceMs + (this.octets / this.octetsPerSecond) * 1000;
    return Math.min(time + this.graceMs, this.startedAt + this.waitedMs + allowedMs);
  }

  /** The handler does not read: the clock stands still. */
  wait(time: number): void {
    this.waitingSince ??= time;
  }

  /** It reads again; gives the new deadline. */
  goOn(time: number): number {
    if (this.waitingSince !== undefined) this.waitedMs += time - this.waitingSince;
    this.waitingSince = undefined;
    return this.deadlineAfter(0, time);
  }
}
