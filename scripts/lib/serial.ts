/** One at a time, in the order of asking: what the judge does, and what is written to the journal. */
export type Serial = <T>(work: () => Promise<T>) => Promise<T>

/** A queue of one place. A piece of work that fails fails for its caller alone. */
export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
}
