/** Suggests the name that a mistyped one probably means. */

/**
 * The candidate with the smallest edit distance to a name, at most a third of the name's letters (but at least 1); else
 * the only candidate that starts with the name. Ignores case; of equal distances the first candidate counts.
 * @returns undefined when no candidate is near enough, or the name is a candidate
 */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  const typed = name.toLowerCase()
  if (typed === '' || candidates.includes(name)) return undefined
  const distances = candidates.map(candidate => editDistance(typed, candidate.toLowerCase()))
  const least = Math.min(...distances)
  if (least <= Math.max(1, Math.floor(typed.length / 3)) && least < typed.length)
    return candidates[distances.indexOf(least)]
  const begun = candidates.filter(candidate => candidate.toLowerCase().startsWith(typed))
  return begun.length === 1 ? begun[0] : undefined
}

/** An error's advice about an unknown name: "Did you mean --experiments?", or `otherwise` when no candidate is near. */
export function suggest(name: string, candidates: readonly string[], otherwise: string): string {
  const near = closest(name, candidates)
  return near === undefined ? otherwise : `Did you mean ${near}?`
}

/**
 * Insertions, removals, replacements and swaps of neighbouring letters between two texts (optimal string alignment).
 */
function editDistance(from: string, to: string): number {
  let [before, last] = [[] as number[], Array.from({ length: to.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    ;[before, last] = [last, row]
  }
  return last[to.length] ?? 0
}
