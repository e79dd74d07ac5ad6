/** Work that has been started and that no reply waits for; somebody has to, before the application is gone. */
export class PendingWork {
  private readonly promises = new Set<Promise<void>>();

  /** @param promise never rejects */
  add(promise: Promise<void>): void {
    this.promises.add(promise);
    void promise.then(() => this.promises.delete(promise));
  }

  /** Resolves when all of it has ended. */
  async settled(): Promise<void> {
    while (this.promises.size > 0) await Promise.all(this.promises);
  }
}
