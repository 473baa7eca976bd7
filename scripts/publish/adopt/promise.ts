/** What the adopted changes promise, and whether the measured gain falls short of it by more than chance. Pure. */
import type { Digest } from '../../analysis/schema.ts'
import { patchLines } from '../../lib/patchLines.ts'
import type { Adoption, AdoptMeasured } from '../../record/files/adopted.ts'
import { isPaired } from '../../record/pairs.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { chanceShortfall, type GainErrors } from '../../stats/shortfall.ts'
import type { Chosen } from './choose.ts'

type Promised = NonNullable<Adoption['promised']>
type Shortfall = NonNullable<Adoption['shortfall']>

/**
 * @param isFinal whether the changes are those of the final, whatever they were chosen by
 * @returns null where a change has no value
 */
export function promisedBy({ changes }: Chosen, digest: Digest, isFinal: boolean): Promised | null {
  const { confirmed } = digest
  if (isFinal && confirmed !== null) return { by: 'confirmed', gain: confirmed.gain, interval: confirmed.interval }
  const gains = changes.map(({ number }) => digest.kept.find(k => k.experiment === number)?.gain)
  if (gains.some(gain => gain === undefined)) return null
  return { by: 'sum', gain: gains.reduce((sum: number, gain = 0) => sum + gain, 0), interval: null }
}

/** @param spread standard deviations of both sides where the branch's is larger; null where one σ holds for both */
export function shortfallOf(
  chosen: Chosen,
  records: { session: Session; experiments: Experiment[]; digest: Digest; patches: Map<number, string> },
  promised: Promised | null,
  measured: AdoptMeasured | null,
  spread: Confirmed['spread'],
): Shortfall | null {
  if (promised === null || measured === null) return null
  const { noise } = records.digest
  if (noise === null || noise.df <= 0) return { isBeyondChance: null, suspects: [] }
  const short = promised.gain - measured.gain
  const errors = errorsOf(chosen, records, promised, { seeds: measured.seeds, spread })
  // Means of the same decimals may differ in their last binary digits.
  const rounding = 1e-9 * Math.max(Math.abs(promised.gain), Math.abs(measured.baseline))
  // The branch may vary more than σ, which its own interval allows for.
  const isBelow = promised.gain > measured.interval[1]
  const isBeyondChance = isBelow && short > chanceShortfall(noise, errors) + rounding
  return { isBeyondChance, suspects: isBeyondChance ? suspectsIn(chosen, records.patches) : [] }
}

function errorsOf(
  { changes }: Chosen,
  { session, experiments, digest }: { session: Session; experiments: Experiment[]; digest: Digest },
  promised: Promised,
  measured: { seeds: number; spread: Confirmed['spread'] },
): GainErrors {
  const sigma = digest.noise?.sigma ?? 0
  const ofRuns = measurementError(measured, 0, sigma)
  const { confirmed } = digest
  if (promised.by === 'confirmed' && confirmed)
    return { candidates: [], chosen: 0, others: [ofRuns, measurementError(confirmed, confirmed.plannedRuns, sigma)] }
  const judged = experiments.filter(
    ({ number, status, metric }) => number > 0 && metric !== null && (status === 'keep' || status === 'discard'),
  )
  if (isPaired(session)) {
    const candidates = judged.map(({ decision }) => Math.sqrt(2 / (decision?.pairs?.count ?? 1)))
    return { candidates, chosen: changes.length, others: [ofRuns] }
  }
  // As if each gain rested on one run of the change and one of its head: more runs make the errors smaller.
  const heads = Map.groupBy(changes, ({ parent }) => parent?.number ?? 0)
  const others = [ofRuns, ...[...heads.values()].map(group => group.length)]
  return { candidates: judged.map(() => 1), chosen: changes.length, others }
}

/** Standard deviation of a difference of two means, in units of σ. */
function measurementError(
  { seeds, spread }: { seeds: number; spread: Confirmed['spread'] },
  planned: number,
  sigma: number,
): number {
  if (spread === null || sigma === 0) return Math.sqrt(1 / (seeds + planned) + 1 / seeds)
  return Math.sqrt(spread.baseline ** 2 / (seeds + planned) + spread.head ** 2 / seeds) / sigma
}

/**
 * Adopted changes that were made on top of left-out ones, those first that touch what these touch: the same name, or lines
 * close by.
 */
function suspectsIn({ changes, leftOut }: Chosen, patches: Map<number, string>): Shortfall['suspects'] {
  const places = (number: number) => placesIn(patches.get(number) ?? '')
  const found = changes.flatMap(({ number, endedAt }) => {
    const before = leftOut.filter(({ experiment }) => (experiment.endedAt ?? '') < (endedAt ?? ''))
    if (before.length === 0) return []
    const own = places(number)
    const touching = before.filter(({ experiment }) => touch(own, places(experiment.number)))
    const without = (touching.length > 0 ? touching : before).map(({ experiment }) => experiment.number)
    return [{ experiment: number, without, touches: touching.length > 0 }]
  })
  return found
    .sort((a, b) => Number(b.touches) - Number(a.touches))
    .map(({ experiment, without }) => ({ experiment, without }))
}

interface Places {
  /** Names that changed lines set, with their file. */
  names: Set<string>
  /** Changed lines by file, as numbers in the file before. */
  lines: Map<string, number[]>
}

function placesIn(patch: string): Places {
  const found: Places = { names: new Set(), lines: new Map() }
  let [file, at] = ['', 0]
  for (const { kind, text } of patchLines(patch)) {
    if (kind === 'head') {
      file = /^\+\+\+ "?b\/(.+?)"?\t?$/.exec(text)?.[1] ?? file
      at = Number(/^@@ -(\d+)/.exec(text)?.[1] ?? at)
      continue
    }
    if (kind === 'ins' || kind === 'del') {
      found.lines.set(file, [...(found.lines.get(file) ?? []), at])
      const name = /^[+-]\s*(?:const |let |var )?([A-Za-z_][\w.]*)\s*[:=]/.exec(text)?.[1]
      if (name !== undefined) found.names.add(`${file} ${name}`)
    }
    if (kind !== 'ins') at++
  }
  return found
}

/** Lines further apart than this are not taken to belong together. */
const CLOSE_LINES = 5

function touch(one: Places, other: Places): boolean {
  if ([...one.names].some(name => other.names.has(name))) return true
  return [...one.lines].some(([file, lines]) =>
    lines.some(line => (other.lines.get(file) ?? []).some(each => Math.abs(each - line) <= CLOSE_LINES)),
  )
}
