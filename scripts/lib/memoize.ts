/**
 * Memoizes a pure function of a string. Callers share the results and must not modify them.
 * @param maxEntries size of the cache; beyond it the oldest entry is dropped
 */
export function memoize<T>(pure: (text: string) => T, maxEntries = 5000): (text: string) => T {
  const known = new Map<string, T>()
  return text => {
    const found = known.get(text)
    if (found !== undefined) return found
    const result = pure(text)
    known.set(text, result)
    if (known.size > maxEntries) known.delete(known.keys().next().value ?? '')
    return result
  }
}
