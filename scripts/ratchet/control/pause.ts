/** A pause: current runs finish, no new run starts. */

export interface Pause {
  /** Resolves when the pause is over; null while there is none. */
  over: Promise<void> | null
  begin: () => void
  end: () => void
}

export function openPause(): Pause {
  let release = () => {}
  const pause: Pause = {
    over: null,
    begin: () => {
      pause.over ??= new Promise(done => {
        release = done
      })
    },
    end: () => {
      pause.over = null
      release()
    },
  }
  return pause
}

/** Waits for the end of the pause, if there is one. */
export async function untilResumed({ pause }: { pause: Pause }): Promise<void> {
  while (pause.over !== null) await pause.over
}
