/** The jobs of a session that were submitted and not removed, on disk: a launcher may know them by its own names of them only. */
import { z } from 'zod'
import { writeAtomic } from '../../lib/files/disk.ts'
import { readJsonIfThere } from '../../lib/files/read.ts'
import { serial } from '../../lib/serial.ts'
import { jsonText } from '../../lib/text.ts'

export interface KnownJobs {
  /** The launcher's names of them, by key. */
  all: ReadonlyMap<string, string>
  add(key: string, job: string): Promise<void>
  remove(key: string): Promise<void>
}

/** @param path of a file in an existing folder */
export async function openKnownJobs(path: string): Promise<KnownJobs> {
  const stored = await readJsonIfThere(path, z.record(z.string(), z.string()))
  const all = new Map(Object.entries(stored ?? {}))
  const inTurn = serial()
  const store = () => inTurn(() => writeAtomic(path, jsonText(Object.fromEntries(all))))
  return {
    all,
    add: (key, job) => {
      if (all.get(key) === job) return Promise.resolve()
      all.set(key, job)
      return store()
    },
    remove: key => (all.delete(key) ? store() : Promise.resolve()),
  }
}
