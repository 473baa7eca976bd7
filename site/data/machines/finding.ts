/** Which machine is fastest and which has the least noise, and which values are not comparable. */
import { list } from '../../../scripts/analysis/numbers.ts'
import { duration, percent } from '../../../scripts/lib/format.ts'
import { capital, countText, countWord } from '../words.ts'
import { type Machine, measureKey, type Target } from './machines.ts'
import { speedText } from './speed.ts'
import { bestText, paceText, partOfBaseline } from './words.ts'

/** The page's finding: totals, and a comparison where two machines ran the same target. */
export function machinesFinding(machines: Machine[]): string {
  const sessions = machines.flatMap(m => m.sessions)
  const tried = sessions.reduce((sum, v) => sum + v.experimentCount, 0)
  const hours = machines.flatMap(m => m.targets).reduce((sum, t) => sum + (t.hours ?? 0), 0)
  const took = hours >= 1 ? ` in ${countText(Math.round(hours), 'hour')}` : ''
  const who =
    machines.length === 1 ? `One machine, ${machines[0]?.label},` : `${capital(countWord(machines.length))} machines`
  const first = `${who} did ${countText(sessions.length, 'session')}: ${countText(tried, 'experiment')}${took}.`
  const shared = sharedTargets(machines)[0]
  const second = shared
    ? capital([fastest(shared), quietest(shared)].filter(Boolean).join('; '))
    : machines.length > 1
      ? 'No two of them did the same target, so none is faster than another by these numbers'
      : bestOfAll(machines)
  return second ? `${first} ${second}.` : first
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
  if (!top || !last || budgets.size > 1) return ''
  return `most experiments an hour at ${top.target} are ${top.machine}'s, ${paceText(top)} against ${paceText(last)} on ${last.machine}`
}

function quietest(some: Target[]): string {
  const known = ranked(some, t => t.relativeSigma)
  const [last, top] = [known[0], known.at(-1)]
  if (!top || !last || top === last) return ''
  return `the quietest is ${top.machine}, whose σ is ${partOfBaseline(top)} of its baseline against ${partOfBaseline(last)} on ${last.machine}`
}

function bestOfAll(machines: Machine[]): string {
  const [target] = machines.flatMap(m => m.targets).filter(t => t.best !== null)
  return target ? `Its best ${target.metric.name} is ${bestText(target)}` : ''
}

/** Why values of different machines do not compare; null where no two share a target. */
export function notComparable(machines: Machine[]): string | null {
  const shared = sharedTargets(machines)
  if (shared.length === 0) return null
  const why = new Set(shared.flatMap(differences))
  const names = list([...new Set(shared.map(some => some[0]?.metric.name ?? ''))])
  return `Values of ${names} are not to be compared between these machines: ${list([...why])}. Changes are, each in percent of its own baseline.`
}

function differences(some: Target[]): string[] {
  const of = (key: (s: Target['sessions'][number]['view']['session']) => unknown) =>
    new Set(some.flatMap(t => t.sessions.map(n => key(n.view.session) ?? null)))
  const budgets = of(s => s.budget)
  const data = of(s => s.data?.fingerprint)
  const known = [...budgets].filter((b): b is number => typeof b === 'number')
  return [
    'a faster one trains on more in the same time',
    known.length > 1 ? `their budgets differ (${known.map(b => duration(b)).join(', ')})` : '',
    [...data].filter(d => d !== null).length > 1 ? 'they were measured on different data' : '',
    data.has(null) ? 'of some the data is not known' : '',
  ].filter(Boolean)
}
