/** Runs tasks one at a time, in call order: used for the judge and for journal writes. */
export type Serial = <T>(work: () => Promise<T>) => Promise<T>

/** Creates a queue. A failed task rejects for its caller only. */
export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
}
