/** How often an honest run is called over budget, and how much longer training is noticed: on times of real sessions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mean, median } from 'simple-statistics'
import type { Random } from '../../scripts/stats/random.ts'
import { allowedExcess, allowedTime } from '../../scripts/stats/wallTime.ts'
import { type Check, medianOf, type Requirement, shareOf } from './requirement.ts'

const topic = 'budget'

/** Overheads of a session's runs, seconds: wall time besides training. */
interface Session {
  machine: string
  budget: number
  /** Runs of the baseline in the loop; the first one may have compiled. */
  loop: number[]
  /** By pair. */
  confirm: { baseline: number[]; final: number[] }
  /** First runs of the candidates. */
  firsts: number[]
}

/** 27 November 2026: a session of 48 experiments, one of 30 beside 8 other programs on the same two cores, and one on an H100. */
const sessions = JSON.parse(readFileSync(join(import.meta.dirname, 'wallTimes.json'), 'utf8')) as Session[]

export const budgetCheck: Check = (scale, random) =>
  sessions.flatMap(session => [
    ...firstRuns(session),
    ...[1, 3, 10].flatMap(earlier => laterRuns(session, earlier, Math.ceil(5000 * scale), random)),
    ...[1, 3].flatMap(pairs => confirmations(session, pairs)),
  ])

/** Candidates whose first run is called too long: a warning, and one more run where it would be kept. */
function firstRuns({ machine, budget, loop, firsts }: Session): Requirement[] {
  const [first = 0, ...later] = loop
  const overheads = later.length > 0 ? [[first], later] : [[first]]
  const allowed = Math.max(...overheads.map(of => allowedTime(budget, of)))
  const over = firsts.filter(overhead => budget + overhead > allowed).length
  return [shareOf({ topic, measured: `${machine}: first runs with a warning`, asked: null }, over, firsts.length)]
}

/** One run of the baseline against some others of it, drawn at random. */
function laterRuns({ machine, budget, loop }: Session, earlier: number, cases: number, random: Random): Requirement[] {
  const later = loop.slice(1)
  if (later.length <= earlier) return []
  const [limits, over] = [[] as number[], [] as number[]]
  for (let i = 0; i < cases; i++) {
    const [one = 0, ...others] = shuffled(later, random).slice(0, earlier + 1)
    const allowed = allowedTime(budget, others)
    limits.push((allowed - budget - median(others)) / budget)
    if (budget + one > allowed) over.push(i)
  }
  const by = `${machine}: ${earlier} baseline ${earlier === 1 ? 'run' : 'runs'}`
  return [
    shareOf({ topic, measured: `${by}, honest repeats called over budget`, asked: null }, over.length, cases),
    medianOf({ topic, measured: `${by}, longer training noticed, share of the budget`, asked: null }, limits, unit),
  ]
}

const unit = { decimals: 2, name: '' }

/** The final against the baseline in each stretch of pairs that confirm made one after the other. */
function confirmations({ machine, budget, loop, confirm }: Session, pairs: number): Requirement[] {
  const starts = confirm.baseline.length - pairs + 1
  if (starts < 1) return []
  const stretches = Array.from({ length: starts }, (_, i) => {
    const [baseline, final] = [confirm.baseline, confirm.final].map(of => of.slice(i, i + pairs)) as [
      number[],
      number[],
    ]
    const allowed = allowedExcess(budget, [baseline, loop.slice(1)], pairs)
    return { allowed: allowed / budget, isOver: mean(final) - mean(baseline) > allowed }
  })
  const by = `${machine}: confirm with ${pairs} ${pairs === 1 ? 'pair' : 'pairs'}`
  const over = stretches.filter(({ isOver }) => isOver).length
  const limits = stretches.map(({ allowed }) => allowed)
  return [
    shareOf({ topic, measured: `${by}, honest finals called over budget`, asked: null }, over, stretches.length),
    medianOf({ topic, measured: `${by}, longer training noticed, share of the budget`, asked: null }, limits, unit),
  ]
}

function shuffled(values: number[], random: Random): number[] {
  const keyed = values.map(value => ({ value, key: random.uniform() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
}
