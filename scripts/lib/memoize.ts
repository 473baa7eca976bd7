/**
 * A pure function of a text that remembers what it returned, for texts that are asked for again and again, as the
 * patches of a session are with each proposal. What it returns is shared: nobody may change it.
 * @param most texts; beyond that the oldest are forgotten
 */
export function memoize<T>(pure: (text: string) => T, most = 5000): (text: string) => T {
  const known = new Map<string, T>()
  return text => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = pure(text)
    known.set(text, made)
    if (known.size > most) known.delete(known.keys().next().value ?? '')
    return made
  }
}
