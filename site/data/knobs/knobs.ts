/**
 * All constants that any session moved, merged over the sessions of a target. Gains are fractions of each session's
 * own baseline, so that machines of different speed compare.
 */

import { basename } from 'node:path'
import { searchNoise } from '../../../scripts/analysis/noise/assumedNoise.ts'
import type { Knob as SessionKnob } from '../../../scripts/analysis/search/knob.ts'
import { scores, shapeOf } from '../../../scripts/analysis/search/knobShape.ts'
import { numberOf } from '../../../scripts/analysis/source/literals.ts'
import type { Metric } from '../../../scripts/record/schema.ts'
import { newestFirst, type View } from '../view.ts'
import { targetText } from '../words.ts'

type SessionTry = SessionKnob['tries'][number]

export interface Try extends SessionTry {
  view: View
  /** Gain as a fraction of the session's baseline, positive is better; null: not measured. */
  part: number | null
  /**
   * Mean gain of `to` over the knob's first value, over all tries of that step, as a fraction of the baseline; null
   * where not known.
   */
  score: number | null
}

export interface Knob {
  target: string
  metric: Metric
  /** Folder and file name of the knob's page. */
  slugs: { target: string; knob: string }
  id: string
  file: string
  line: string
  /** Oldest session first, within a session in the order of the verdicts. */
  tries: Try[]
  /** Measured values in ascending order; `score` is the mean over the tries of a value. */
  values: { raw: string; value: number; score: number }[]
  /** The value at the start of the first session. */
  first: string
  shape: SessionKnob['shape']
  best: string
  /** See the schema of a session's knob. */
  bestSet: string[]
  untried: string | null
  /** Experiments without a diff that may have tried any other value. */
  unread: { view: View; experiment: number }[]
  /** Noise of one run as a fraction of the baseline; null when not known, or very different between sessions. */
  sigma: number | null
  /** Whether the noise of a session with a measured value is assumed: what is said of noise rests on that. */
  isAssumed: boolean
  sessions: number
  machines: string[]
}

let cache: { views: View[]; knobs: Knob[] } | null = null

/**
 * All knobs by target, the most tried first. Cached for the same sessions. Files count by their name alone:
 * karpathy/autoresearch's `train.py` and `trainer/train.py` have constants of the same name and meaning.
 */
export function knobsOf(views: View[]): Knob[] {
  if (cache && cache.views.length === views.length && views.every((v, i) => v === cache?.views[i])) return cache.knobs
  const groups = new Map<string, { target: string; metric: Metric; found: { view: View; knob: SessionKnob }[] }>()
  for (const view of newestFirst(views).reverse())
    for (const knob of view.digest?.knobs ?? []) {
      const { metric } = view.session
      const target = basename(targetText(view.session))
      const key = [target, metric.name, metric.goal, basename(knob.file), knob.line, knob.literalIndex].join('\0')
      const group = groups.get(key) ?? { target, metric, found: [] }
      groups.set(key, group)
      group.found.push({ view, knob })
    }
  const knobs = [...groups.values()].map(({ target, metric, found }) => mergeKnob(target, metric, found))
  cache = {
    views,
    knobs: withSlugs(knobs).sort(
      (a, b) => a.target.localeCompare(b.target) || b.tries.length - a.tries.length || a.id.localeCompare(b.id),
    ),
  }
  return cache.knobs
}

/** The knob in one session alone; null where the session did not move it. */
export function sessionKnob(view: View, id: string): Knob | null {
  const { session, digest } = view
  const knob = digest?.knobs.find(k => k.id === id)
  return knob ? mergeKnob(basename(targetText(session)), session.metric, [{ view, knob }]) : null
}

function mergeKnob(target: string, metric: Metric, found: { view: View; knob: SessionKnob }[]): Knob {
  const tries = found.flatMap(({ view, knob }) =>
    knob.tries.map(t => ({ ...t, view, part: partOf(t.gain, view), score: null })),
  )
  // Ids get longer where constants share a name, so the longest is unique in every session.
  const knob = found.map(f => f.knob).reduce((a, b) => (b.id.length > a.id.length ? b : a))
  const noise = noiseBySession(tries)
  const source = ({ view }: Try, { experiment, runs }: { experiment: number; runs: number }) => ({
    experiment: `${view.id}/${experiment}`,
    runs,
    scale: noise?.sigmas.get(view) ?? 1,
  })
  const relative = tries.map(t => ({
    ...t,
    gain: t.part,
    candidate: source(t, t),
    head: t.head && { ...source(t, t.head), ...(t.beside && { beside: `${t.view.id}/${t.experiment}` }) },
  }))
  const values = scores(relative)
    .map(({ raw, value, score }) => ({ raw, value, score }))
    .sort((a, b) => a.value - b.value)
  const measured = found.reduce((sum, f) => sum + f.knob.measured, 0)
  const unread = found.flatMap(f => f.knob.unread.map(experiment => ({ view: f.view, experiment })))
  const sigma = commonNoise(found.flatMap(({ view }) => partOf(noiseOf(view), view) ?? []))
  const first = tries[0]?.from ?? ''
  const kept = tries.findLast(t => t.status === 'keep')?.to ?? first
  const at = new Map(values.map(v => [v.value, v.score]))
  return {
    target,
    metric,
    slugs: { target: '', knob: '' },
    id: knob.id,
    file: knob.file,
    line: knob.line,
    tries: tries.map(t => ({ ...t, score: scoreOf(t, at, first) })),
    values,
    first,
    unread,
    ...shapeOf(relative, noise && { sigma: 1, df: noise.df }, kept, {
      measured,
      isWhole: unread.length === 0,
      stated: new Set(found.flatMap(f => f.view.digest?.withoutDiff.numbers ?? [])),
    }),
    sigma,
    isAssumed: tries.some(
      t => t.alone && t.part !== null && t.view.digest?.noise === null && t.view.digest.assumed !== null,
    ),
    sessions: new Set(found.map(f => f.view.id)).size,
    machines: [...new Set(found.map(f => f.view.session.machine.label))],
  }
}

/**
 * σ of one run of each session, as a fraction of its baseline: machines differ in noise, and so do single runs and pairs.
 * The degrees of freedom are the fewest. null where the noise of a session with a scored try is not known.
 */
function noiseBySession(tries: Try[]): { sigmas: Map<View, number>; df: number } | null {
  const scored = tries.filter(t => t.alone && t.value !== null && t.part !== null)
  const sigmas = new Map<View, number>()
  let df = Number.POSITIVE_INFINITY
  for (const { view } of scored) {
    const known = view.digest && searchNoise(view.digest)
    const part = known ? partOf(known.sigma, view) : null
    if (!known || part === null) return null
    sigmas.set(view, part)
    df = Math.min(df, known.df)
  }
  return sigmas.size === 0 ? null : { sigmas, df }
}

/** The score that this single try gives. A first value that is not a number, such as None, scores zero. */
function scoreOf({ from, part, alone }: Try, at: Map<number, number>, first: string): number | null {
  const base = from === first && numberOf(from) === null ? 0 : at.get(numberOf(from) ?? Number.NaN)
  return !alone || base === undefined || part === null ? null : base + part
}

const partOf = (size: number | null, { baseline }: View): number | null =>
  size === null || baseline === null || baseline === 0 ? null : size / Math.abs(baseline)

export const noiseOf = ({ digest, frontierData }: View): number | null =>
  digest?.noise?.sigma ?? digest?.assumed?.sigma ?? frontierData.sigma

/** The largest of several standard deviations that differ by a factor of two at most; else null. */
function commonNoise(list: number[]): number | null {
  const [low, high] = [Math.min(...list), Math.max(...list)]
  return list.length > 0 && high <= 2 * low ? high : null
}

/** Sets unique folder and file names, unique also on case-insensitive file systems. */
function withSlugs(knobs: Knob[]): Knob[] {
  const folders = new Map<string, string>()
  const used = new Set<string>()
  const free = (name: string, folder: string) => {
    let slug = name
    for (let n = 2; used.has(`${folder}/${slug}`.toLowerCase()); n++) slug = `${name}-${n}`
    used.add(`${folder}/${slug}`.toLowerCase())
    return slug
  }
  return knobs.map(knob => {
    const place = `${knob.target}\0${knob.metric.name}\0${knob.metric.goal}`
    const folder = folders.get(place) ?? free(slugOf(knob.target), '')
    folders.set(place, folder)
    return { ...knob, slugs: { target: folder, knob: free(slugOf(knob.id), folder) } }
  })
}

const slugOf = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'knob'

export const knobHref = ({ slugs }: Knob): string => `knobs/${slugs.target}/${slugs.knob}.html`

/** The knobs that one experiment moved, with the index of its try in each. */
export function knobsMoved(knobs: Knob[], view: View, experiment: number): { knob: Knob; at: number }[] {
  let index = indices.get(knobs)
  if (!index) {
    index = new Map()
    for (const knob of knobs)
      for (const [at, t] of knob.tries.entries()) {
        const key = `${t.view.id}/${t.experiment}`
        index.set(key, [...(index.get(key) ?? []), { knob, at }])
      }
    indices.set(knobs, index)
  }
  return index.get(`${view.id}/${experiment}`) ?? []
}

const indices = new WeakMap<Knob[], Map<string, { knob: Knob; at: number }[]>>()
