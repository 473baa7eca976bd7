/** The parts on the search: constants, themes, near misses, replications, contradicted descriptions. */
import { delta, list, size } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import { asGood, hasBest, shapeTexts } from '../../analysis/search/knob.ts'
import { duration } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment } from '../../record/schema.ts'
import { replicationText } from '../facts/search.ts'
import { brief, bullets, type Column, paragraph, type Section, table } from '../nodes.ts'

/** Rows of each table; digest.json has all. */
const MAX_ROWS = 25

export function knobsPart({ knobs }: Digest): Section {
  const rows = [...knobs].sort((a, b) => b.tries.length - a.tries.length)
  return limited(rows, 'constants', [
    { head: 'Constant', code: true, cell: k => k.id },
    { head: 'At first', align: 'right', code: true, cell: k => k.tries[0]?.from ?? '–' },
    { head: 'Tried', code: true, cell: k => [...new Set(k.tries.map(t => t.to))].join(', ') },
    { head: 'Best', align: 'right', code: true, cell: k => (hasBest(k) ? k.best : '–') },
    { head: 'Maybe as good', code: true, cell: k => (hasBest(k) && asGood(k).length > 0 ? asGood(k).join(', ') : '–') },
    { head: 'Shape', cell: k => shapeTexts[k.shape] },
    { head: 'Try next', align: 'right', code: true, cell: k => k.untried ?? '–' },
  ])
}

export function themesPart({ themes, metric, bestSingleRun, unknown }: Digest, experiments: Experiment[]): Section {
  const about = bestSingleRun?.baseline ?? 1
  const timed = themes.some(theme => theme.seconds > 0)
  const open = new Set(unknown === null ? [] : experiments.filter(e => e.status === 'unknown').map(e => e.number))
  const kept = ({ keeps, experiments }: (typeof themes)[number]) => {
    const n = experiments.filter(number => open.has(number)).length
    return n === 0 ? String(keeps) : `${keeps === 0 ? '' : `${keeps}, `}${n} not known`
  }
  return limited(themes, 'themes', [
    { head: 'Theme', cell: t => t.theme },
    { head: 'Tries', align: 'right', cell: t => String(t.tries) },
    { head: 'Kept', align: 'right', cell: kept },
    { head: 'Gain', align: 'right', cell: t => (t.keeps === 0 ? '–' : delta(t.gain, metric, about)) },
    ...(timed
      ? [{ head: 'Time', align: 'right' as const, cell: (t: (typeof themes)[number]) => duration(t.seconds) }]
      : []),
  ])
}

/** Empty if no other session measured the same change. */
export function replicationPart({ replication, kept }: Digest): Section {
  if (!replication.some(({ found }) => found.length > 0)) return []
  const described = new Map(kept.map(k => [k.experiment, k.description]))
  return limited(replication, 'changes', [
    { head: 'Experiment', cell: r => experimentName(r.experiment) },
    { head: 'Change', cell: r => brief(described.get(r.experiment) ?? '') },
    { head: 'Elsewhere', cell: r => replicationText(r) },
    {
      head: 'Where',
      cell: r => brief([...new Set(r.found.map(f => `${f.session} ${experimentName(f.experiment)}`))].join(', ')),
    },
  ])
}

export function warningsPart({ warnings }: Digest, experiments: Experiment[]): Section {
  const described = new Map(experiments.map(e => [e.number, e.description]))
  return limited(warnings, 'doubts', [
    { head: 'Experiment', cell: d => experimentName(d.experiment) },
    { head: 'Description', cell: d => brief(described.get(d.experiment) ?? '') },
    { head: 'It says', cell: d => brief(d.claim) },
    { head: 'But', cell: d => brief(d.found) },
  ])
}

/** The proposer's hypotheses for the largest gains, marked as untested. */
export function whyPart({ kept }: Digest, experiments: Experiment[]): Section {
  const why = new Map(experiments.map(e => [e.number, e.hypothesis]))
  const withReason = kept.filter(k => k.gain > 0 && why.get(k.experiment)).slice(0, 10)
  if (withReason.length === 0) return []
  return [
    paragraph('What the proposer expected of the largest, before it was run; nothing tests these reasons:'),
    bullets(
      withReason.map(
        k => `${experimentName(k.experiment)} “${brief(k.description)}”: ${brief(why.get(k.experiment) ?? '')}`,
      ),
    ),
  ]
}

export function nearPart({ near, metric, bestSingleRun }: Digest): Section {
  const about = bestSingleRun?.baseline ?? 1
  const { misses } = near
  if (misses.length === 0) return []
  const shown = misses.slice(0, 8)
  return [
    table(shown, [
      { head: 'Experiment', cell: m => experimentName(m.experiment) },
      { head: 'Near miss', cell: m => brief(m.description) },
      { head: 'Against the best', align: 'right', cell: m => delta(m.gain, metric, about) },
      {
        head: 'Short of being kept by',
        align: 'right',
        cell: m => (m.shortfall === 0 ? 'nothing' : size(m.shortfall, about)),
      },
    ]),
    ...(shown.length < misses.length
      ? [paragraph(`The ${shown.length} nearest of ${misses.length} that one run cannot tell from a keep.`)]
      : []),
  ]
}

export function combinationsPart({ near: { combinations } }: Digest, experiments: Experiment[]): Section {
  if (combinations.length === 0) return []
  const described = new Map(experiments.map(e => [e.number, e.description]))
  const name = (n: number) => `${experimentName(n)} “${brief(described.get(n) ?? '')}”`
  return [
    bullets(combinations.map(({ experiments: [a, b] }) => `${name(a)} with ${name(b)}: nobody tried them together.`)),
  ]
}

export function causesPart({ causes }: Digest): Section {
  const common = causes.filter(({ experiments }) => experiments.length > 1)
  if (common.length === 0) return []
  const text = common.map(({ cause, experiments }) => {
    const names = experiments.slice(0, 8).map(experimentName)
    const more = experiments.length > names.length ? [`${experiments.length - names.length} more`] : []
    return `${cause}: ${plural(experiments.length, 'experiment')}, ${list([...names, ...more])}.`
  })
  return [bullets(text)]
}

function limited<Row>(rows: Row[], what: string, columns: Column<Row>[]): Section {
  if (rows.length === 0) return []
  const shown = rows.slice(0, MAX_ROWS)
  const rest = rows.length - shown.length
  return [table(shown, columns), ...(rest > 0 ? [paragraph(`${rest} more ${what} are in digest.json.`)] : [])]
}
