/** What the samples of runs say of their GPU: other processes on it, slowdowns, and clocks that differ under the same code. Pure. */
import { plural } from '../../lib/text.ts'
import { clockTimes } from '../../lib/time.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { RunGpu } from '../../record/gpu/schema.ts'
import type { Experiment, Run, Session } from '../../record/schema.ts'
import { list } from '../numbers.ts'
import type { Drift } from './drift.ts'
import { gigabytes, hasTrouble, type Slowdown, slowdownsIn, slowdownWords, stateSentences } from './gpuState.ts'

/** A run that was sampled. */
interface Sampled {
  experiment: Experiment
  run: Run
  gpu: RunGpu
}

/** Share of a run's samples from which a limit is said of the run: a change of clocks shows as a slowdown for a moment. */
const mostOf = 0.5
/** Clocks of the same code that differ by less are not worth a word; those of a GPU under load vary by 1 or 2%. */
const leastClockChange = 0.05
/** Experiments that are named, and states without a run that are told. */
const MAX_NAMED = 3

/** In the order: before the first run, other processes, slowdowns, clocks. None of it is a measured drift of metric or speed. */
export function gpuFindings(session: Pick<Session, 'gpus'>, experiments: Experiment[]): Drift[] {
  const sampled = experiments.flatMap(experiment =>
    experiment.runs.flatMap(run => (run.gpu ? [{ experiment, run, gpu: run.gpu }] : [])),
  )
  return [...atStart(session), ...sharing(sampled), ...slowdowns(sampled), ...clocks(sampled)]
}

const atStart = ({ gpus = [] }: Pick<Session, 'gpus'>): Drift[] =>
  gpus
    .filter(hasTrouble)
    .slice(0, MAX_NAMED)
    .map(state => finding('sharing', 0, stateSentences([state]).join(' ')))

function sharing(all: Sampled[]): Drift[] {
  const known = all.flatMap(each => (each.gpu.others === null ? [] : [{ ...each, others: each.gpu.others }]))
  const shared = known.filter(({ others }) => others.processes > 0)
  if (shared.length === 0) return []
  const most = Math.max(...shared.map(({ others }) => others.processes))
  const memory = Math.max(...shared.map(({ others }) => others.memoryMb ?? 0))
  const who = most === 1 ? 'Another process was' : `Other processes, up to ${most} at a time, were`
  const held = memory > 0 ? `, with up to ${gigabytes(memory)} GB of its memory` : ''
  const sentence = `${who} on the GPU during ${ofRuns(shared, known, known.length < all.length ? ['run whose processes are known', 'runs whose processes are known'] : ['sampled run'])}${held}: such runs may be slower, or vary more.`
  return [finding('sharing', numberOf(shared), sentence)]
}

function slowdowns(all: Sampled[]): Drift[] {
  const known = all.filter(({ gpu }) => gpu.busySamples > 0)
  return (Object.keys(slowdownWords) as Slowdown[]).flatMap(slowdown => {
    const slowed = known.filter(({ gpu }) => slowdownsIn(limitsOf(gpu)).includes(slowdown))
    if (slowed.length === 0) return []
    const where = ofRuns(slowed, known, ['run sampled under load', 'runs sampled under load'])
    const sentence = `In ${where} the GPU was slowed down ${slowdownWords[slowdown]} in at least half of those samples.`
    return [finding('slowdown', numberOf(slowed), sentence)]
  })
}

const limitsOf = ({ limits }: RunGpu) => limits.flatMap(({ limit, share }) => (share >= mostOf ? [limit] : []))

/** The commit whose runs had clocks furthest apart. */
function clocks(all: Sampled[]): Drift[] {
  const groups = Map.groupBy(all, ({ run }) => run.commit)
  const spans = [...groups.values()].flatMap(group => {
    const own = group.find(({ experiment, run }) => experiment.commit === run.commit)
    const timed = group.flatMap(({ run, gpu }) => (gpu.clockMhz === null ? [] : [{ run, gpu, mhz: gpu.clockMhz }]))
    const [slow, fast] = [timed.toSorted((a, b) => a.mhz - b.mhz)[0], timed.toSorted((a, b) => b.mhz - a.mhz)[0]]
    return own && slow && fast && slow.mhz > 0 ? [{ own, slow, fast, change: 1 - slow.mhz / fast.mhz }] : []
  })
  const widest = spans.toSorted((a, b) => b.change - a.change)[0]
  if (widest === undefined || widest.change < leastClockChange) return []
  const { own, slow, fast } = widest
  const { number } = own.experiment
  const inOrder = [slow, fast].sort((a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt))
  const [first, last] = inOrder as [typeof slow, typeof slow]
  const [from, to] = clockTimes(first.run.startedAt, last.run.startedAt)
  const where =
    first.gpu.index === last.gpu.index ? ['', ''] : [` on GPU ${first.gpu.index}`, ` on GPU ${last.gpu.index}`]
  const capped = (gpu: RunGpu) => limitsOf(gpu).includes('power-cap')
  const why = capped(slow.gpu) && !capped(fast.gpu) ? '; its power limit held the lower one down' : ''
  const who = number === 0 ? 'The baseline' : `Experiment ${experimentName(number)}`
  const sentence =
    `${who}: under the same code the GPU's clock was ${Math.round(first.mhz)} MHz${where[0]} (${from}) and ` +
    `${Math.round(last.mhz)} MHz${where[1]} (${to} UTC), each the median of a run${why}.`
  return [finding('clock', number, sentence)]
}

/** "2 of 40 sampled runs (0004 and 0009)". @param known those of which it can be said, and what they are called, one and many */
function ofRuns(some: Sampled[], known: Sampled[], [one, many]: [string, string?]): string {
  const numbers = [...new Set(some.map(({ experiment }) => experiment.number))]
  const names = numbers.slice(0, MAX_NAMED).map(number => (number === 0 ? 'the baseline' : experimentName(number)))
  const rest = numbers.length - names.length
  const where = list([...names, ...(rest > 0 ? [`${plural(rest, 'more experiment')}`] : [])])
  return `${some.length} of ${plural(known.length, one, many)} (${where})`
}

const numberOf = (some: Sampled[]): number => some[0]?.experiment.number ?? 0

const finding = (of: Drift['of'], experiment: number, sentence: string): Drift => ({
  kind: 'gpu',
  of,
  experiment,
  sentence,
})
