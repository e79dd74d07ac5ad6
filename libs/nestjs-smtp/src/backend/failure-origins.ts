/** Which handler a failure is of, for the log. */
export class FailureOrigins {
  private readonly names = new WeakMap<object, string>();

  /** Remembers it; an error that several handlers meet, as that of a message too large, is nobody's. */
  note(error: unknown, name: string): void {
    if (typeof error === 'object' && error !== null) this.names.set(error, name);
  }

  of(error: unknown): string | undefined {
    return typeof error === 'object' && error !== null ? this.names.get(error) : undefined;
  }
}
