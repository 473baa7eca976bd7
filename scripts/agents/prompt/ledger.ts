/** What was tried, made for deciding: knobs, dead ends by theme, near misses, crashes by cause, recent proposals. Pure. */

import { gainsOf } from '../../analysis/gains.ts'
import { causes } from '../../analysis/search/causes.ts'
import type { Knob } from '../../analysis/search/knob.ts'
import { knobs } from '../../analysis/search/knobs.ts'
import { findNearMisses, type Near } from '../../analysis/search/nearMisses.ts'
import { themes } from '../../analysis/search/themes.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Row, Section } from './fit.ts'
import type { Told } from './input.ts'
import { datum, gainInSigma, gainText, valueText } from './text.ts'

/** What the sections share. */
interface Ledger {
  told: Told
  experiments: Map<number, Experiment>
  gains: Map<number, number | null>
  sigma: number | null
  /** A value of the metric: gains are shown with its decimals. */
  beside: number
}

/** In the order in which a prompt has them. */
export function ledgerSections(told: Told): Section[] {
  const { session, experiments } = told.state
  const { goal } = session.metric
  const sigma = session.noise?.sigma ?? null
  const ledger: Ledger = {
    told,
    sigma,
    gains: gainsOf(experiments, goal),
    beside: experiments.find(e => e.metric !== null)?.metric ?? 1,
    experiments: new Map(experiments.map(e => [e.number, e])),
  }
  const moved = knobs(experiments, told.patches, goal, sigma)
  const close = findNearMisses(experiments, told.patches, goal, sigma)
  return [
    crashes(ledger),
    knobSection(ledger, moved),
    deadEnds(ledger, moved, close),
    nearMisses(ledger, close),
    recent(ledger),
  ]
}

const section = (name: string, share: number, head: string, rows: Row[]): Section => ({
  name,
  head: rows.length === 0 ? '' : head,
  rows,
  fenced: true,
  share,
  kind: 'grows',
})

function crashes({ told, experiments }: Ledger): Section {
  const rows = causes(told.state.experiments).map(({ cause, experiments: numbers, reason }, rank) => {
    const named = numbers.slice(-3).map(n => `${experimentName(n)} ${datum(experiments.get(n)?.description ?? '', 70)}`)
    return { text: `${cause}, ${numbers.length}×: ${named.join('; ')}\n    last: ${datum(reason, 140)}`, rank }
  })
  return section('crashes', 1200, '# What was never measured, by cause', rows)
}

const shapeWords: Record<Knob['shape'], string> = {
  inside: 'optimum inside',
  edge: 'best at the edge',
  flat: 'flat: within noise',
  unclear: 'unclear',
}

/** So many tries of a knob are told, the last ones. */
const mostTries = 6

function knobSection({ beside, told }: Ledger, moved: Knob[]): Section {
  const several = told.contract.edit.length > 1
  const rows = moved.map(({ id, file, tries, shape, best, untried }) => {
    const shown = tries.slice(-mostTries).map(t => {
      const result = t.gain === null ? t.status : gainText(t.gain, beside) + (t.status === 'keep' ? ' kept' : '')
      return `${datum(t.from, 24)}>${datum(t.to, 24)} ${result}${t.alone ? '' : '*'}`
    })
    const more = tries.length > mostTries ? `${tries.length - mostTries} older; ` : ''
    const next = untried === null ? '' : `, untried ${datum(untried, 24)}`
    const name = several ? `${datum(id, 60)} (${datum(file, 60)})` : datum(id, 60)
    const text = `${name}: ${shapeWords[shape]}, best ${datum(best, 24)}${next}: ${more}${shown.join('; ')}`
    // A knob that points somewhere says more than one that is done, and a late try more than an early one.
    return { text, recent: (tries.at(-1)?.experiment ?? 0) + (untried === null ? 0 : 1e6) }
  })
  const order = rows.toSorted((a, b) => b.recent - a.recent)
  return section(
    'knobs',
    3500,
    '# Constants that were moved: shape, best value, a value worth trying; then old>new gain (* something else changed too)',
    rows.map(row => ({ text: row.text, rank: order.indexOf(row) })),
  )
}

/** So many dead ends of a theme are told one by one, the latest; of older ones how bad they were. */
const mostDead = 12

/** Discards that no other section tells, under their theme; every theme says what it brought so far. */
function deadEnds(ledger: Ledger, moved: Knob[], { misses }: Near): Section {
  const { told, experiments, beside } = ledger
  const elsewhere = new Set([
    ...moved.flatMap(knob => knob.tries.flatMap(t => (t.alone ? [t.experiment] : []))),
    ...misses.slice(0, mostMisses).map(miss => miss.experiment),
  ])
  const { experiments: judged, session } = told.state
  const rows = themes(judged, told.patches, session.metric.goal).flatMap(theme => {
    const dead = theme.experiments.filter(n => experiments.get(n)?.status === 'discard' && !elsewhere.has(n))
    const brought = theme.keeps === 0 ? 'none kept' : `${theme.keeps} kept, ${gainText(theme.gain, beside)}`
    return [
      { text: `${theme.theme}: ${theme.tries} tried, ${brought}`, rank: -theme.tries },
      ...older(ledger, dead.slice(0, -mostDead)),
      ...dead.slice(-mostDead).map(n => ({ text: `  ${deadEnd(ledger, n)}`, rank: 1e6 - n })),
    ]
  })
  const head =
    '# Themes, and their dead ends: gain against the best of that moment, change (moves of one constant are above, near misses below)'
  return section('dead ends', 3500, head, rows)
}

/** A discard that gained is told with its reason: a limit, or its lines. */
function deadEnd({ experiments, gains, sigma, beside }: Ledger, n: number): string {
  const [found, gain] = [experiments.get(n), gains.get(n) ?? null]
  const size = gain === null ? '' : gainInSigma(gain, beside, sigma)
  const why = gain !== null && gain < 0 && found?.decision ? '' : `; ${datum(found?.reason ?? '', 120)}`
  return `${experimentName(n)} ${size}  ${datum(found?.description ?? '')}${why}`
}

/** How bad those were that are not told one by one. */
function older({ gains, beside }: Ledger, numbers: number[]): Row[] {
  const known = numbers.flatMap(n => gains.get(n) ?? []).sort((a, b) => a - b)
  if (numbers.length === 0) return []
  const range =
    known.length === 0 ? '' : `: ${gainText(known[0] ?? 0, beside)} to ${gainText(known.at(-1) ?? 0, beside)}`
  return [{ text: `  ${numbers.length} older ones${range}`, rank: -1 }]
}

/** So many near misses are told, the nearest. */
const mostMisses = 12

function nearMisses({ experiments, sigma, beside }: Ledger, { misses, combinations }: Near): Section {
  const rows = misses.slice(0, mostMisses).map(({ experiment, gain, shortfall }, rank) => {
    // Where more than nothing was needed, the gain alone does not tell how near it was.
    const needed = shortfall === -gain ? '' : `, short by ${gainText(shortfall, beside).replace('+', '')}`
    const what = datum(experiments.get(experiment)?.description ?? '')
    return { text: `${experimentName(experiment)} ${gainInSigma(gain, beside, sigma)}${needed}  ${what}`, rank }
  })
  const pairs = combinations.map(({ experiments: [a, b], gain }, rank) => ({
    text: `${experimentName(a)} and ${experimentName(b)} share no line and were not tried together: ${gainText(gain, beside)} if they add up`,
    rank,
  }))
  return section('near misses', 1400, '# Near misses: discards that noise alone may have discarded', [
    ...rows,
    ...pairs,
  ])
}

/** So many are told with what was expected of them. */
const mostRecent = 12

function recent({ told, gains, sigma, beside }: Ledger): Section {
  const { experiments, pending } = told.state
  const asked = told.feedback.flatMap(item =>
    item.kind === 'crash' || item.kind === 'redo' ? [item.candidate.number] : [],
  )
  const judged = experiments.slice(-mostRecent).filter(e => e.number > 0)
  const rows = judged.map((e, i) => {
    const gain = gains.get(e.number) ?? null
    const result = gain === null ? '' : ` ${valueText(e.metric ?? 0)} ${gainInSigma(gain, beside, sigma)}`
    const why = gain !== null ? '' : `; ${datum(e.reason, 100)}`
    const expected = e.hypothesis === null ? '' : `\n    expected: ${datum(e.hypothesis, 220)}`
    return {
      text: `${experimentName(e.number)} ${e.status}${result}  ${datum(e.description)}${why}${expected}`,
      rank: judged.length - i,
    }
  })
  const waiting = [...pending.values()].filter(({ number }) => !asked.includes(number))
  const open = waiting.map(({ number, description }) => ({
    text: `${experimentName(number)} under way, not judged yet  ${datum(description)}`,
    rank: 0,
  }))
  return section('recent', 3000, '# The last proposals, what was expected of them and what came', [...rows, ...open])
}
