/** Starting a process again that a terminal's signal ended before it ran anything. */

/** What a terminal sends to the whole process group of the harness: on closing, and on Ctrl-C. */
const terminalSignals = new Set(['SIGHUP', 'SIGINT'])

/**
 * Starts a detached process until no signal of the terminal ends it. A new process leaves the harness's group shortly
 * after the fork; a signal to the group in between ends the copy before it has become the program. Later such signals
 * do not reach it, so nothing is run twice.
 * @param start starts the process, with execa's `detached: true` and `reject: false`
 */
export async function untilStarted<Result extends { signal?: string | undefined }>(
  start: () => PromiseLike<Result>,
): Promise<Result> {
  for (;;) {
    const result = await start()
    if (!terminalSignals.has(result.signal ?? '')) return result
  }
}
