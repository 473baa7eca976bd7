/** What was tried: failures by cause, knobs, themes with their discards, near misses and the latest proposals. Pure. */
import { gainsOf } from '../../analysis/gains.ts'
import { causes } from '../../analysis/search/causes.ts'
import { bestText, hasBest, type Knob, shapeTexts } from '../../analysis/search/knob.ts'
import { knobs } from '../../analysis/search/knobs.ts'
import { findNearMisses, type Near } from '../../analysis/search/nearMisses.ts'
import { themes } from '../../analysis/search/themes.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Row, Section } from './fit.ts'
import type { PromptInput } from './input.ts'
import { dataLine, gainInSigma, gainText, valueText } from './text.ts'

/** Facts that several sections use. */
interface Ledger {
  input: PromptInput
  experiments: Map<number, Experiment>
  gains: Map<number, number | null>
  sigma: number | null
  /** A value of the metric; gains are shown with its decimals. */
  beside: number
}

/** The sections of the ledger, in the order of the prompt. */
export function ledgerSections(input: PromptInput): Section[] {
  const { session, experiments } = input.state
  const { goal } = session.metric
  const sigma = session.noise?.sigma ?? null
  const ledger: Ledger = {
    input,
    sigma,
    gains: gainsOf(experiments, goal),
    beside: experiments.find(e => e.metric !== null)?.metric ?? 1,
    experiments: new Map(experiments.map(e => [e.number, e])),
  }
  const { knobs: movedKnobs } = knobs(experiments, input.patches, goal, session.noise)
  const nearMissFacts = findNearMisses(experiments, input.patches, goal, sigma)
  return [
    failureSection(ledger),
    knobSection(ledger, movedKnobs),
    themeSection(ledger, movedKnobs, nearMissFacts),
    nearMissSection(ledger, nearMissFacts),
    recentSection(ledger),
  ]
}

const section = (name: string, share: number, intro: string, rows: Row[]): Section => ({
  name,
  intro: rows.length === 0 ? '' : intro,
  rows,
  fenced: true,
  share,
  kind: 'grows',
})

function failureSection({ input, experiments }: Ledger): Section {
  const rows = causes(input.state.experiments).map(({ cause, experiments: numbers, reason }, rank) => {
    const named = numbers
      .slice(-3)
      .map(n => `${experimentName(n)} ${dataLine(experiments.get(n)?.description ?? '', 70)}`)
    return { text: `${cause}, ${numbers.length}×: ${named.join('; ')}\n    last: ${dataLine(reason, 140)}`, rank }
  })
  return section('failures', 1200, '# Experiments without a result, by cause', rows)
}

/** The latest changes shown of each knob. */
const MAX_TRIES = 6

function knobSection({ beside, input }: Ledger, movedKnobs: Knob[]): Section {
  const several = input.contract.edit.length > 1
  const rows = movedKnobs.map(knob => {
    const { id, file, tries, shape, untried } = knob
    const shown = tries.slice(-MAX_TRIES).map(t => {
      const result = t.gain === null ? t.status : gainText(t.gain, beside) + (t.status === 'keep' ? ' kept' : '')
      return `${dataLine(t.from, 24)}>${dataLine(t.to, 24)} ${result}${t.alone ? '' : '*'}`
    })
    const more = tries.length > MAX_TRIES ? `${tries.length - MAX_TRIES} older; ` : ''
    const next = untried === null ? '' : `, try ${dataLine(untried, 24)}`
    const name = several ? `${dataLine(id, 60)} (${dataLine(file, 60)})` : dataLine(id, 60)
    const best = hasBest(knob) ? `, best ${dataLine(bestText(knob), 120)}` : ''
    const text = `${name}: ${shapeTexts[shape]}${best}${next}: ${more}${shown.join('; ')}`
    // Knobs with an untried value first, then the most recent.
    return { text, recent: (tries.at(-1)?.experiment ?? 0) + (untried === null ? 0 : 1e6) }
  })
  const order = rows.toSorted((a, b) => b.recent - a.recent)
  return section(
    'knobs',
    3500,
    '# Constants: shape, best value, value to try next; then each change old>new with its gain (* = something else changed too)',
    rows.map(row => ({ text: row.text, rank: order.indexOf(row) })),
  )
}

/** The latest discards listed for each theme; older ones are summarized as a range. */
const MAX_THEME_DISCARDS = 12

/** Every theme with its keeps and gain, and its discards that no other section lists. */
function themeSection(ledger: Ledger, movedKnobs: Knob[], { misses }: Near): Section {
  const { input, experiments, beside } = ledger
  const shownElsewhere = new Set([
    ...movedKnobs.flatMap(knob => knob.tries.flatMap(t => (t.alone ? [t.experiment] : []))),
    ...misses.slice(0, MAX_NEAR_MISSES).map(miss => miss.experiment),
  ])
  const { experiments: judged, session } = input.state
  const rows = themes(judged, input.patches, session.metric.goal).flatMap(theme => {
    const discards = theme.experiments.filter(n => experiments.get(n)?.status === 'discard' && !shownElsewhere.has(n))
    const result = theme.keeps === 0 ? '0 kept' : `${theme.keeps} kept, ${gainText(theme.gain, beside)}`
    return [
      { text: `${theme.theme}: ${theme.tries} tried, ${result}`, rank: -theme.tries },
      ...olderDiscards(ledger, discards.slice(0, -MAX_THEME_DISCARDS)),
      ...discards.slice(-MAX_THEME_DISCARDS).map(n => ({ text: `  ${discardText(ledger, n)}`, rank: 1e6 - n })),
    ]
  })
  const intro =
    '# Themes and their discards: gain over the head at the time, change (single constants are listed above, near misses below)'
  return section('themes', 3500, intro, rows)
}

/** A discard, with its reason where the gain alone does not explain it: a limit, or its lines. */
function discardText({ experiments, gains, sigma, beside }: Ledger, n: number): string {
  const [found, gain] = [experiments.get(n), gains.get(n) ?? null]
  const size = gain === null ? '' : gainInSigma(gain, beside, sigma)
  const why = gain !== null && gain < 0 && found?.decision ? '' : `; ${dataLine(found?.reason ?? '', 120)}`
  return `${experimentName(n)} ${size}  ${dataLine(found?.description ?? '')}${why}`
}

/** One row with the range of gains of discards that are not listed. */
function olderDiscards({ gains, beside }: Ledger, numbers: number[]): Row[] {
  const known = numbers.flatMap(n => gains.get(n) ?? []).sort((a, b) => a - b)
  if (numbers.length === 0) return []
  const range =
    known.length === 0 ? '' : `: ${gainText(known[0] ?? 0, beside)} to ${gainText(known.at(-1) ?? 0, beside)}`
  return [{ text: `  ${numbers.length} older${range}`, rank: -1 }]
}

const MAX_NEAR_MISSES = 12

function nearMissSection({ experiments, sigma, beside }: Ledger, { misses, combinations }: Near): Section {
  const rows = misses.slice(0, MAX_NEAR_MISSES).map(({ experiment, gain, shortfall }, rank) => {
    // Where the change needed more than a gain of 0, the gain alone does not show by how much it missed.
    const needed = shortfall === -gain ? '' : `, missed by ${gainText(shortfall, beside).replace('+', '')}`
    const what = dataLine(experiments.get(experiment)?.description ?? '')
    return { text: `${experimentName(experiment)} ${gainInSigma(gain, beside, sigma)}${needed}  ${what}`, rank }
  })
  const pairs = combinations.map(({ experiments: [a, b], gain }, rank) => ({
    text: `${experimentName(a)} and ${experimentName(b)} change different lines and were not tried together: ${gainText(gain, beside)} if their gains add up`,
    rank,
  }))
  return section('near misses', 1400, '# Near misses: discarded within noise', [...rows, ...pairs])
}

const MAX_RECENT = 12

function recentSection({ input, gains, sigma, beside }: Ledger): Section {
  const { experiments, pending } = input.state
  const reworked = input.feedback.flatMap(item =>
    item.kind === 'crash' || item.kind === 'conflict' ? [item.candidate.number] : [],
  )
  const sweeps = experiments.slice(-MAX_RECENT).flatMap(({ sweep }) => sweep?.first ?? [])
  const judged = experiments.slice(-MAX_RECENT).filter(e => e.number > 0 && !isLater(e, sweeps, experiments))
  const rows = judged.map((e, i) => {
    const members = e.sweep === undefined ? [] : experiments.filter(other => other.sweep?.first === e.sweep?.first)
    if (members.length > 1) return { text: sweepText(members, gains, beside), rank: judged.length - i }
    const gain = gains.get(e.number) ?? null
    const result =
      gain === null
        ? ''
        : ` ${valueText(e.metric ?? 0, e.decision ? [e.decision.head] : [])} ${gainInSigma(gain, beside, sigma)}`
    const why = gain !== null ? '' : `; ${dataLine(e.reason, 100)}`
    const hypothesis = e.hypothesis === null ? '' : `\n    hypothesis: ${dataLine(e.hypothesis, 220)}`
    return {
      text: `${experimentName(e.number)} ${e.status}${result}  ${dataLine(e.description)}${why}${hypothesis}`,
      rank: judged.length - i,
    }
  })
  const unreported = [...pending.values()].filter(({ number }) => !reworked.includes(number))
  const unjudged = unreported.map(({ number, description }) => ({
    text: `${experimentName(number)} pending  ${dataLine(description)}`,
    rank: 0,
  }))
  return section('recent', 3000, '# Latest proposals: result and hypothesis', [...rows, ...unjudged])
}

/** Whether a member of one of these sweeps has a member before it: a sweep is one entry. */
const isLater = ({ number, sweep }: Experiment, sweeps: number[], experiments: Experiment[]): boolean =>
  sweep !== undefined &&
  sweeps.includes(sweep.first) &&
  experiments.findLast(other => other.sweep?.first === sweep.first)?.number !== number

/** "0003 to 0008 sweep of MATRIX_LR: 0.03 +0.0010, 0.05 +0.0021 keep, 0.06 crash" */
function sweepText(members: Experiment[], gains: Map<number, number | null>, beside: number): string {
  const points = members.toSorted((a, b) => a.number - b.number)
  const [first, last] = [points[0], points.at(-1)] as [Experiment, Experiment]
  const results = points.map(({ number, status, sweep }) => {
    const gain = gains.get(number) ?? null
    const result = gain === null ? status : gainText(gain, beside) + (status === 'keep' ? ' keep' : '')
    return `${dataLine(Object.values(sweep?.values ?? {}).join(' × '), 40)} ${result}`
  })
  const names = dataLine(Object.keys(first.sweep?.values ?? {}).join(' × '), 60)
  const hypothesis = first.hypothesis === null ? '' : `\n    hypothesis: ${dataLine(first.hypothesis, 220)}`
  return `${experimentName(first.number)} to ${experimentName(last.number)} sweep of ${names}: ${results.join(', ')}${hypothesis}`
}
