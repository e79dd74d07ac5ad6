/** Counts the connections of all processes, and those of each client, against their limits. */
export class Places {
  /** By process: each of its connections, and whose it is. */
  private readonly taken = new Map<number, Map<string, string>>();
  private readonly byClient = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly limit = Number.MAX_SAFE_INTEGER,
    private readonly limitByClient = Number.MAX_SAFE_INTEGER,
  ) {}

  /** @returns false when there is no place; nothing is counted then */
  take(worker: number, connection: string, client: string): boolean {
    const ofClient = this.byClient.get(client) ?? 0;
    if (this.total >= this.limit || ofClient >= this.limitByClient) return false;
    const ofWorker = this.taken.get(worker) ?? new Map<string, string>();
    this.taken.set(worker, ofWorker.set(connection, client));
    this.byClient.set(client, ofClient + 1);
    this.total += 1;
    return true;
  }

  /** Gives a place back, where one was taken. */
  give(worker: number, connection: string): void {
    const client = this.taken.get(worker)?.get(connection);
    if (client === undefined) return;
    this.taken.get(worker)!.delete(connection);
    this.total -= 1;
    const left = this.byClient.get(client)! - 1;
    if (left > 0) this.byClient.set(client, left);
    else this.byClient.delete(client);
  }

  /** All that a process had: it has gone, and its connections with it. */
  giveAll(worker: number): void {
    for (const connection of this.taken.get(worker)?.keys() ?? []) this.give(worker, connection);
    this.taken.delete(worker);
  }
}
