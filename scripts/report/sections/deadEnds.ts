/** The section on what did not work: the largest losses, discards within noise, failures by cause. */
import { delta, list, twoDigits } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import { statusWords } from '../../analysis/statusWords.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { brief, bullets, paragraph, type Section, short, table } from '../nodes.ts'
import { fold } from '../render/fold.ts'

/** Discards that are listed, the worst first; the full log has all. */
const MAX_DEAD_ENDS = 5
/** Discards with a better value that are listed with the reason. */
const MAX_BETTER = 2
/** Failures that get a line each, and rows of the table of more; the full log has all. */
const [MAX_OPEN_FAILURES, MAX_FAILURES] = [2, 30]
/** Experiments named for one cause. */
const MAX_NAMES = 5

/** Discards, the worst first, those that were better with the reason, and failures where they are few. */
export function deadEndsPart(digest: Digest, experiments: Experiment[]): Section {
  const { deadEnds, metric, bestSingleRun, failures, ofTable = false } = digest
  const about = bestSingleRun?.baseline ?? 1
  const text = ({ experiment, description, delta: gain }: DeadEnd) =>
    `${delta(gain, metric, about)} by ${experimentName(experiment)} “${short(description)}”`
  // Of a collected table the reason repeats the status.
  const reasons = new Map(experiments.map(e => [e.number, ofTable ? '' : brief(e.reason).replace(/\.+$/, '')]))
  const why = ({ experiment }: { experiment: number }) => reasons.get(experiment) || null
  const better = deadEnds.filter(d => d.delta > 0)
  const named = better.slice(0, MAX_BETTER)
  const worst = deadEnds.filter(d => d.delta <= 0).slice(0, MAX_DEAD_ENDS)
  const left = deadEnds.length - worst.length - named.length
  const failed = failures.length <= MAX_OPEN_FAILURES ? failures : []
  const items = [
    ...worst.map(d => `${text(d)}.`),
    ...named.map(d => `${text(d)}, better and yet discarded${why(d) === null ? '' : `: ${why(d)}`}.`),
    ...(left > 0 ? [`${plural(left, 'more discard')} in the full log.`] : []),
    ...failed.map(
      f => `${experimentName(f.experiment)} “${short(f.description)}”: ${why(f) ?? statusWords[f.status]}.`,
    ),
  ]
  const near = withinNoise(digest)
  return items.length === 0 ? [] : [bullets(near === '' ? items : [...items, near])]
}

type DeadEnd = Digest['deadEnds'][number]

/** "Discarded within noise: 41 of 98, by less than the 0.0012 that one run can show." */
function withinNoise({ deadEnds, detectable, pairs }: Digest): string {
  if (!detectable) return ''
  const near = deadEnds.filter(d => Math.abs(d.delta) < detectable).length
  if (near === 0) return ''
  const runs = pairs === null ? 'one run' : plural(pairs, 'pair')
  return `Discarded within noise: ${near} of ${deadEnds.length}, by less than the ${twoDigits(detectable)} that ${runs} can show.`
}

/** Many experiments without a value, by cause. */
export function causesPart({ causes, failures }: Digest): Section {
  if (failures.length <= MAX_OPEN_FAILURES) return []
  const explained = new Set(causes.flatMap(({ experiments }) => experiments))
  const others = failures.filter(f => !explained.has(f.experiment)).map(f => f.experiment)
  const all = [...causes, ...(others.length > 0 ? [{ cause: 'other', experiments: others }] : [])]
  const items = all.map(({ cause, experiments }) => {
    const names = experiments.slice(0, MAX_NAMES).map(experimentName)
    const left = experiments.length - names.length
    return `${cause} (${list(left > 0 ? [...names, `${left} more`] : names)})`
  })
  return [paragraph(`${plural(failures.length, 'experiment')} without a value: ${items.join(', ')}.`)]
}

/** Every experiment without a value, with the reason, where they do not stand open. */
export function failuresPart({ failures }: Digest): Section {
  if (failures.length <= MAX_OPEN_FAILURES) return []
  const shown = failures.slice(0, MAX_FAILURES)
  const rest = failures.length - shown.length
  const summary = `The ${plural(failures.length, 'experiment')} without a value`
  const rows = table(shown, [
    { head: 'Experiment', cell: f => experimentName(f.experiment) },
    { head: 'Change', cell: f => short(f.description) },
    { head: 'Status', cell: f => statusWords[f.status] },
    { head: 'Reason', cell: f => brief(f.reason) },
  ])
  return [rows, ...(rest > 0 ? [paragraph(`${rest} more failed; the full log has all.`)] : [])].map(block =>
    fold(block, summary),
  )
}
