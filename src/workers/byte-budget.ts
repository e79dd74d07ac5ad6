/** Bounds the bytes that are under way: who comes when there is no room waits, first come first served. */
export class ByteBudget {
  private used = 0;
  private readonly waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(private readonly limit: number) {}

  /** Resolves when there is room; something larger than the limit goes alone. */
  async take(bytes: number): Promise<void> {
    if (this.waiting.length > 0 || !this.fits(bytes)) {
      await new Promise<void>((enter) => this.waiting.push({ bytes, enter })); // counted by who lets it in
      return;
    }
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
    for (let next = this.waiting[0]; next && this.fits(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.bytes;
      next.enter();
    }
  }

  private fits(bytes: number): boolean {
    return this.used === 0 || this.used + bytes <= this.limit;
  }
}
