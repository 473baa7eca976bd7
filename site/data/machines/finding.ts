/** Which machine is fastest and which has the least noise, and which values are not comparable. */

import { list } from '../../../scripts/analysis/numbers.ts'
import { lead, statements } from '../../../scripts/compare/statements.ts'
import { percent } from '../../../scripts/lib/format.ts'
import { varianceRatioCdf } from '../../../scripts/stats/distributions.ts'
import { capital, countText, countWord } from '../words.ts'
import { type Machine, measureKey, type Target } from './machines.ts'
import { speedText, USUAL_VARIATION } from './speed.ts'
import { bestText, paceText, partOfBaseline } from './words.ts'

/** The page's finding: totals, and a comparison where two machines ran the same target. */
export function machinesFinding(machines: Machine[]): string {
  const sessions = machines.flatMap(m => m.sessions)
  const tried = sessions.reduce((sum, v) => sum + v.experimentCount, 0)
  const hours = machines.flatMap(m => m.targets).reduce((sum, t) => sum + (t.hours ?? 0), 0)
  const isTimed = machines.every(m => m.targets.every(t => t.hours !== null))
  const took =
    hours >= 1
      ? isTimed
        ? ` in ${countText(Math.round(hours), 'hour')}`
        : `; ${countText(Math.round(hours), 'hour')} recorded`
      : ''
  const first = `${whoText(machines)} ran ${countText(sessions.length, 'session')}: ${countText(tried, 'experiment')}${took}.`
  const shared = sharedTargets(machines)[0]
  const second = shared
    ? capital([fastest(shared), leastNoisy(shared)].filter(Boolean).join('; '))
    : machines.length > 1
      ? 'No two of them ran the same target, so their speeds do not compare'
      : bestOfAll(machines)
  return second ? `${first} ${second}.` : first
}

/** "Two machines", "One machine, h100,", "Machine h100 and an unrecorded one"; an unknown machine is not counted. */
function whoText(machines: Machine[]): string {
  const known = machines.filter(({ label }) => label !== 'unknown')
  if (known.length === 0) return 'Machines that are not recorded'
  const isAll = known.length === machines.length
  if (known.length === 1)
    return isAll ? `One machine, ${known[0]?.label},` : `Machine ${known[0]?.label} and an unrecorded one`
  return `${capital(countWord(known.length))} machines${isAll ? '' : ' and an unrecorded one'}`
}

/** Targets that several machines ran, the most shared first. */
export const sharedTargets = (machines: Machine[]): Target[][] =>
  [
    ...Map.groupBy(
      machines.flatMap(m => m.targets),
      t => measureKey(t.target, t.metric),
    ).values(),
  ]
    .filter(some => some.length > 1)
    .sort((a, b) => b.length - a.length)

/**
 * Ranks by tokens/s, else by steps/s of the same code, else by experiments per hour; only machines that recorded it.
 */
function fastest(some: Target[]): string {
  const tokens = ranked(some, t => t.speed.tokens)
  if (tokens.length > 1) return fastestBy(tokens, t => t.speed.tokens)
  const code = ({ sessions: [newest] }: Target) => newest?.code ?? null
  const steps = ranked(some, t => t.speed.steps).filter(
    (t, _, [top]) => top && code(t) !== null && code(t) === code(top),
  )
  return steps.length > 1 ? fastestBy(steps, t => t.speed.steps) : mostExperiments(some)
}

function fastestBy(some: Target[], by: (t: Target) => number | null): string {
  const [top, last] = [some[0] as Target, some.at(-1) as Target]
  const ratio = (by(top) ?? 0) / (by(last) ?? 1)
  if (ratio < 1 + USUAL_VARIATION)
    return `about equally fast at ${top.target} are ${list(some.map(t => t.machine))}, with ${speedText(top.speed)}`
  const times = ratio < 1.95 ? `${percent(ratio - 1)} over` : `${Number(ratio.toPrecision(2))} times`
  return `the fastest at ${top.target} is ${top.machine} with ${speedText(top.speed)}, ${times} the ${speedText(last.speed)} of ${last.machine}`
}

/** Largest first, without those where it is not known. */
const ranked = (some: Target[], by: (t: Target) => number | null): Target[] =>
  some.filter(t => by(t) !== null).sort((a, b) => (by(b) ?? 0) - (by(a) ?? 0))

function mostExperiments(some: Target[]): string {
  const [top, ...others] = ranked(some, t => t.experimentsPerHour)
  const last = others.at(-1)
  const budgets = new Set(some.flatMap(t => t.sessions.map(n => n.view.session.budget)))
  if (!top || !last || budgets.size > 1 || paceText(top) === paceText(last)) return ''
  return `most experiments an hour at ${top.target} are ${top.machine}'s, ${paceText(top)} against ${paceText(last)} on ${last.machine}`
}

/** Probability that two machines of equal noise are said to differ. */
const NOISE_ERROR = 0.05

/** Only where the two σ differ significantly, relative to each baseline. */
function leastNoisy(some: Target[]): string {
  const known = ranked(some, t => t.relativeSigma?.sigma ?? null)
  const [last, top] = [known[0], known.at(-1)]
  if (!top?.noise || !last?.noise || top === last) return ''
  // Two σ of 0 do not differ, and have no ratio.
  if (last.relativeSigma?.sigma === top.relativeSigma?.sigma) return ''
  const ratio = ((last.relativeSigma?.sigma ?? 0) / (top.relativeSigma?.sigma ?? 1)) ** 2
  if (1 - varianceRatioCdf(ratio, last.noise.df, top.noise.df) > NOISE_ERROR / 2) return ''
  return `the least noisy is ${top.machine}, whose σ is ${partOfBaseline(top)} of its baseline, against ${partOfBaseline(last)} on ${last.machine}`
}

function bestOfAll(machines: Machine[]): string {
  const [target] = machines.flatMap(m => m.targets).filter(t => t.best !== null)
  return target ? `Its best ${target.metric.name} is ${bestText(target)}` : ''
}

/** What compares between machines, for each target that several ran; the compare page says the same of its sessions. */
export function comparability(machines: Machine[]): string | null {
  const shared = sharedTargets(machines)
  const texts = shared.map(some => {
    const sides = some.flatMap(({ sessions }) => sessions.map(({ side }) => side))
    return `${shared.length > 1 ? `${some[0]?.target}: ` : ''}${lead(sides, statements(sides))}`
  })
  return texts.length === 0 ? null : texts.join(' ')
}
