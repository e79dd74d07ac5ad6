/** Inputs tried at most. */
const MAX_TRIES = 400;

/**
 * Makes a failing input smaller while it still fails: it leaves out pieces, halves first, then ever smaller ones.
 *
 * @param fails whether an input fails in the same way
 */
export async function minimise(input, fails) {
  let best = input;
  let tries = 0;
  const attempt = async (candidate) => {
    if (++tries > MAX_TRIES || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  if (best.cuts.length > 0 && !(await attempt({ ...best, cuts: [] })))
    await attempt({ ...best, cuts: everywhere(best) });
  for (let size = best.octets.length >> 1; size > 0 && tries < MAX_TRIES; size >>= 1) {
    for (let at = 0; at < best.octets.length && tries < MAX_TRIES;) {
      if (!(await attempt(without(best, at, size)))) at += size;
    }
  }
  return best;
}

function without({ octets, cuts, vanish, listener }, from, length) {
  const move = (place) => (place <= from ? place : Math.max(from, place - length));
  return {
    listener,
    octets: Buffer.concat([octets.subarray(0, from), octets.subarray(from + length)]),
    cuts: [...new Set(cuts.map(move))],
    vanish: vanish && move(vanish),
  };
}

function everywhere({ octets }) {
  return Array.from(octets, (_, index) => index);
}
