/** Waits that can be cut short, all at once. */
export class Pauses {
  private isClosed = false
  private readonly sleepers = new Set<() => void>()

  /** Waits, unless it is woken. @param ms milliseconds */
  async pause(ms: number): Promise<void> {
    if (this.isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.sleepers.add(resolve)
    await promise
    clearTimeout(timer)
    this.sleepers.delete(resolve)
  }

  wake(): void {
    for (const stop of this.sleepers) stop()
  }

  /** Nothing waits any more. */
  close(): void {
    this.isClosed = true
    this.wake()
  }
}
