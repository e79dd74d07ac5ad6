/** glibc then keeps twice as much of what is freed; memory that is never touched costs nothing. */
const MOMENTARY_OCTETS = 31 * 1024 * 1024;

let isDone = false;

/**
 * Makes the C library keep some megabytes of freed memory for the next allocation.
 *
 * Node reads each chunk of input into 64 KiB of its own. glibc gives freed memory back to the system when 128 KiB of it
 * lie at the end of the heap, so that the pages of nearly every chunk are taken away and asked for again, which costs more
 * than to receive the octets. The limit is a multiple of the largest block that was ever freed by itself (mallopt(3),
 * M_MMAP_THRESHOLD): one block, dropped at once, raises it for as long as the process lives. Elsewhere it does nothing.
 * The figures are in docs/decisions/0009.
 */
export function keepFreedMemory(): void {
  if (isDone) return;
  isDone = true;
  Buffer.allocUnsafeSlow(MOMENTARY_OCTETS);
}
