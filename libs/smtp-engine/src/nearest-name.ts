/**
 * The one of some names that a mistyped one most likely means, capitals aside; undefined where none is near: one letter and
 * a quarter of all may be wrong, missing or too many, so two may have changed places in a name of four.
 *
 * @example nearestName('authMethod', ['authMethods', 'authOptional']) // 'authMethods'
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = 2 + Math.floor(typed.length / 4);
  for (const name of names) {
    // Each letter that one has more than the other is at least one difference.
    if (Math.abs(name.length - typed.length) >= least) continue;
    const differences = countDifferences(typed.toLowerCase(), name.toLowerCase());
    if (differences < least) [nearest, least] = [name, differences];
  }
  return nearest;
}

/** Levenshtein's distance, row by row. */
function countDifferences(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [column, other] of [...to].entries()) {
      const changed = row[column]! + (letter === other ? 0 : 1);
      next.push(Math.min(changed, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
