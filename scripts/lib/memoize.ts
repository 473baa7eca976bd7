/**
 * Memoizes a pure function of a string or a number. Callers share the results and must not modify them.
 * @param maxEntries size of the cache; beyond it the oldest entry is dropped
 */
export function memoize<T, K extends string | number = string>(pure: (key: K) => T, maxEntries = 5000): (key: K) => T {
  const known = new Map<K, T>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    const result = pure(key)
    known.set(key, result)
    if (known.size > maxEntries) known.delete(known.keys().next().value as K)
    return result
  }
}
