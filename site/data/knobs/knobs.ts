/**
 * Every constant that any session moved, put together over the sessions of a target. What a value is worth is counted from
 * each session's own baseline and as a part of it, so that machines of different speed can stand in one picture.
 */

import type { Knob as SessionKnob } from '../../../scripts/analysis/search/knob.ts'
import { scores, shapeOf } from '../../../scripts/analysis/search/knobShape.ts'
import { numberOf } from '../../../scripts/analysis/source/literals.ts'
import type { Metric } from '../../../scripts/record/schema.ts'
import { newestFirst, type View } from '../view.ts'
import { targetText } from '../words.ts'

type SessionTry = SessionKnob['tries'][number]

export interface Try extends SessionTry {
  view: View
  /** Over the session's baseline value, as a part of it; positive is better. null: not measured. */
  part: number | null
  /** Of `to` over the value that the knob began with, all tries of that step counted in; null where it is not known. */
  score: number | null
}

export interface Knob {
  target: string
  metric: Metric
  /** Folder and file of its page. */
  slugs: { target: string; knob: string }
  id: string
  file: string
  line: string
  /** In the order of the sessions, oldest first, and within each of the verdicts. */
  tries: Try[]
  /** Measured values by size, each with its score: the mean of what its tries say. */
  values: { raw: string; value: number; score: number }[]
  /** The value that the first session began with. */
  first: string
  shape: SessionKnob['shape']
  best: string
  untried: string | null
  /** Noise of one run as a part of the baseline, the median of the sessions; null when none is known. */
  sigma: number | null
  sessions: number
  machines: string[]
}

let known: { views: View[]; knobs: Knob[] } | null = null

/** By target, and within it those that were tried most first. Computed once for the same sessions. */
export function knobsOf(views: View[]): Knob[] {
  if (known && known.views.length === views.length && views.every((v, i) => v === known?.views[i])) return known.knobs
  const groups = new Map<string, { target: string; metric: Metric; found: { view: View; knob: SessionKnob }[] }>()
  for (const view of newestFirst(views).reverse())
    for (const knob of view.digest?.knobs ?? []) {
      const { metric } = view.session
      const target = targetText(view.session)
      const key = [target, metric.name, metric.goal, knob.file, knob.line, knob.literalIndex].join('\0')
      const group = groups.get(key) ?? { target, metric, found: [] }
      groups.set(key, group)
      group.found.push({ view, knob })
    }
  const knobs = [...groups.values()].map(({ target, metric, found }) => together(target, metric, found))
  known = {
    views,
    knobs: named(knobs).sort(
      (a, b) => a.target.localeCompare(b.target) || b.tries.length - a.tries.length || a.id.localeCompare(b.id),
    ),
  }
  return known.knobs
}

/** As one session alone has it; null where it moved no such constant. */
export function sessionKnob(view: View, id: string): Knob | null {
  const { session, digest } = view
  const knob = digest?.knobs.find(k => k.id === id)
  return knob ? together(targetText(session), session.metric, [{ view, knob }]) : null
}

function together(target: string, metric: Metric, found: { view: View; knob: SessionKnob }[]): Knob {
  const tries = found.flatMap(({ view, knob }) =>
    knob.tries.map(t => ({ ...t, view, part: partOf(t.gain, view), score: null })),
  )
  // The longest of its names tells it from others of any session.
  const knob = found.map(f => f.knob).reduce((a, b) => (b.id.length > a.id.length ? b : a))
  const relative = tries.map(t => ({ ...t, gain: t.part }))
  const values = scores(relative).sort((a, b) => a.value - b.value)
  const sigma = middle(found.flatMap(({ view }) => partOf(noiseOf(view), view) ?? []))
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
    tries: tries.map(t => ({ ...t, score: scoreOf(t, at) })),
    values,
    first,
    ...shapeOf(relative, sigma, kept),
    sigma,
    sessions: new Set(found.map(f => f.view.id)).size,
    machines: [...new Set(found.map(f => f.view.session.machine.label))],
  }
}

/** What this try alone says of its value. */
function scoreOf({ from, part, alone }: Try, at: Map<number, number>): number | null {
  const base = at.get(numberOf(from) ?? Number.NaN)
  return !alone || base === undefined || part === null ? null : base + part
}

const partOf = (size: number | null, { baseline }: View): number | null =>
  size === null || baseline === null || baseline === 0 ? null : size / Math.abs(baseline)

export const noiseOf = ({ digest, trail }: View): number | null =>
  digest?.noise?.sigma ?? digest?.assumed?.sigma ?? trail.sigma

function middle(list: number[]): number | null {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? null
}

/** Names and file names that nothing else has, on disks that know no capitals as well. */
function named(knobs: Knob[]): Knob[] {
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

/** Of one experiment: its knobs, and where in each it stands. */
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
