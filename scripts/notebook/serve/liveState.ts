/** The live state of unfinished sessions, read again only when files change. */
import type { LiveSession } from '../../../site/data/session/liveStatus.ts'
import type { View } from '../../../site/data/view.ts'
import type { Series } from '../../../site/figures/loss/curve.ts'
import { orWarn, readRegularFile } from '../../lib/files/read.ts'
import { publicRecord } from '../../lib/secrets/publish.ts'
import { sanitizeRecord } from '../../lib/text.ts'
import { parseCurve, readCurve } from '../../record/files/curve.ts'
import { files } from '../../record/files/paths.ts'
import type { JournalEvent } from '../../record/journal.ts'
import { maxBytes } from '../../record/limits.ts'
import type { CurvePoint } from '../../record/schema.ts'
import { readEvents, statusOf } from '../../status/readStatus.ts'
import type { Status } from '../../status/status.ts'
import { shortHash, stamp } from './records.ts'

export interface LiveStates {
  /** Whether a session has a live state: not if it is finished and reported, or collected. */
  has: (view: View) => Promise<boolean>
  /** The live state; null if there is none. */
  of: (view: View) => Promise<LiveSession | null>
  /** Version of what `of` returns, elapsed time aside. */
  version: (view: View) => Promise<string>
}

export function openLiveStates(): LiveStates {
  const journals = new Map<string, { stamp: string; events: JournalEvent[] }>()
  const running = new Map<string, Status['running']>()

  async function state(view: View): Promise<Status> {
    const at = await stamp(files.journal(view.folder))
    const old = journals.get(view.id)
    const events = old?.stamp === at ? old.events : await readEvents(view.folder)
    journals.set(view.id, { stamp: at, events })
    return publicRecord(sanitizeRecord(await statusOf(view.folder, events)))
  }

  async function has(view: View): Promise<boolean> {
    const isOpen = view.session.source === undefined && (view.running || view.digest === null)
    return isOpen && (await stamp(files.journal(view.folder))) !== '-'
  }

  return {
    has,
    of: async view => {
      if (!(await has(view))) {
        journals.delete(view.id)
        running.delete(view.id)
        return null
      }
      // An unreadable journal must not break other sessions' pages.
      const now = await orWarn(state(view))
      if (now === null) return null
      running.set(view.id, now.running)
      return { view, state: now, loss: await lossOf(view, now) }
    },
    version: async view => {
      const runs = (running.get(view.id) ?? []).map(r => files.curve(view.folder, r.experiment, r.k))
      return shortHash(await Promise.all([files.journal(view.folder), ...runs].map(stamp)))
    },
  }
}

/**
 * The loss curve of the first running run that has one, with the best's for comparison. Until a new run has a curve,
 * the last finished one is shown, so that the page does not jump.
 */
async function lossOf(view: View, { running, head }: Status): Promise<Series[]> {
  const best = view.experiments.find(e => e.number === head?.experiment)
  const other = best ? readCurve(view.folder, best) : null
  const against = best && other ? [{ label: `best (${best.number})`, points: other.points, main: false }] : []
  for (const { experiment, k } of running) {
    const points = await readGrowing(view.folder, files.curve(view.folder, experiment, k))
    if (points.length > 1) return [...against, { label: `now (${experiment})`, points, main: true }]
  }
  for (const ended of view.experiments.slice(-10).reverse()) {
    const curve = readCurve(view.folder, ended)
    if (!curve) continue
    const mine = { label: `ended (${ended.number})`, points: curve.points, main: true }
    return ended === best ? [mine] : [...against, mine]
  }
  return []
}

async function readGrowing(root: string, path: string): Promise<CurvePoint[]> {
  const text = (await readRegularFile(path, maxBytes.curve, root)) ?? ''
  // Skip the last line, which may be incomplete.
  return parseCurve(text.slice(0, text.lastIndexOf('\n') + 1))
}
