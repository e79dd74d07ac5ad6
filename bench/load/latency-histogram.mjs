/** Buckets a factor of two is cut into: a percentile is right to 1.5 %. */
const PER_OCTAVE = 48;
const BUCKETS = PER_OCTAVE * 32;
const SMALLEST_MS = 0.001;

/** Times in logarithmic buckets: percentiles of any number of them in constant memory. */
export class LatencyHistogram {
  #counts = new Uint32Array(BUCKETS);
  #total = 0;

  add(ms) {
    const bucket = Math.floor(Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * PER_OCTAVE);
    this.#counts[Math.min(bucket, BUCKETS - 1)]++;
    this.#total++;
  }

  /** @returns {{ p50Ms: number, p99Ms: number }} */
  summary() {
    return { p50Ms: this.#percentile(0.5), p99Ms: this.#percentile(0.99) };
  }

  clear() {
    this.#counts.fill(0);
    this.#total = 0;
  }

  #percentile(share) {
    let left = this.#total * share;
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
    return SMALLEST_MS * 2 ** ((bucket + 0.5) / PER_OCTAVE);
  }
}
