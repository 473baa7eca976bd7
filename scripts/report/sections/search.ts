/** The parts on the search: themes, replications, contradicted descriptions, near misses, what to try next. */
import { delta, list, size } from '../../analysis/numbers.ts'
import { nextStepText } from '../../analysis/result/nextStep.ts'
import type { Digest } from '../../analysis/schema.ts'
import { duration } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { replicationText } from '../facts/search.ts'
import { brief, bullets, type Column, paragraph, type Section, short, table, withCommand } from '../nodes.ts'
import { fold } from '../render/fold.ts'

/** Rows of each table; digest.json has all. */
const MAX_ROWS = 25

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

/** What other sessions found for the kept changes; those without an effect there share a line. Empty if none was tried. */
export function replicationPart({ replication, kept }: Digest): Section {
  const found = replication.filter(r => r.found.some(f => f.says !== 'nothing'))
  const noEffect = replication.filter(r => r.found.length > 0 && !found.includes(r)).map(r => r.experiment)
  const without =
    noEffect.length === 0
      ? []
      : [
          paragraph(
            `${plural(noEffect.length, found.length > 0 ? 'more kept change' : 'kept change')} ${noEffect.length === 1 ? 'was' : 'were'} tried in other sessions without an effect above noise there: ${list(noEffect.map(experimentName))}.`,
          ),
        ]
  if (found.length === 0) return without
  const described = new Map(kept.map(k => [k.experiment, k.description]))
  const columns: Column<Digest['replication'][number]>[] = [
    { head: 'Experiment', cell: r => experimentName(r.experiment) },
    { head: 'Change', cell: r => short(described.get(r.experiment) ?? '') },
    { head: 'Elsewhere', cell: r => replicationText(r) },
    {
      head: 'Where',
      cell: r => brief([...new Set(r.found.map(f => `${f.session} ${experimentName(f.experiment)}`))].join(', ')),
    },
  ]
  const [open, rest] = [found.slice(0, MAX_OPEN), found.slice(MAX_OPEN, MAX_ROWS)]
  return [
    table(open, columns),
    ...(rest.length > 0
      ? [fold(table(rest, columns), `${plural(rest.length, 'more change')} that other sessions tried`)]
      : []),
    ...without,
  ]
}

/** Replications that stand open. */
const MAX_OPEN = 5

export function warningsPart({ warnings }: Digest, experiments: Experiment[]): Section {
  const described = new Map(experiments.map(e => [e.number, e.description]))
  return limited(warnings, 'warnings', [
    { head: 'Experiment', cell: d => experimentName(d.experiment) },
    { head: 'Description', cell: d => brief(described.get(d.experiment) ?? '') },
    { head: 'It says', cell: d => brief(d.claim) },
    { head: 'But', cell: d => brief(d.found) },
  ])
}

/** What came closest to being kept: discards that the noise, measured or assumed, cannot tell from a keep. */
export function nearPart({ near: { misses }, metric, bestSingleRun, noise, pairs }: Digest): Section {
  const about = bestSingleRun?.baseline ?? 1
  if (misses.length === 0) return []
  const items = misses
    .slice(0, MAX_NEAR)
    .map(
      m =>
        `${experimentName(m.experiment)} “${short(m.description)}”: ${delta(m.gain, metric, about)}, ${m.shortfall === 0 ? 'no worse than the best' : `missed by ${size(m.shortfall, about)}`}.`,
    )
  const left = misses.length - items.length
  return [
    fold(
      bullets([...items, ...(left > 0 ? [`${left} more.`] : [])]),
      `${plural(misses.length, 'near miss', 'near misses')}, the nearest first: at most ${pairs === null ? 'σ√2' : `σ√(2/${pairs})`} short of being kept${noise === null ? ' (noise assumed, not measured)' : ''}`,
    ),
  ]
}

/** Near misses and pairs of them that are listed. */
const [MAX_NEAR, MAX_PAIRS] = [10, 5]

/** Pairs of these that touch different lines and were never tried together. */
export function combinationsPart({ near: { combinations } }: Digest, experiments: Experiment[]): Section {
  if (combinations.length === 0) return []
  const described = new Map(experiments.map(e => [e.number, e.description]))
  const name = (n: number) => `${experimentName(n)} “${short(described.get(n) ?? '')}”`
  const items = combinations.slice(0, MAX_PAIRS).map(({ experiments: [a, b] }) => `${name(a)} with ${name(b)}.`)
  return [fold(bullets(items), 'Pairs of near misses that were never tried together')]
}

function limited<Row>(rows: Row[], what: string, columns: Column<Row>[]): Section {
  if (rows.length === 0) return []
  const shown = rows.slice(0, MAX_ROWS)
  const rest = rows.length - shown.length
  return [table(shown, columns), ...(rest > 0 ? [paragraph(`${rest} more ${what} are in digest.json.`)] : [])]
}

/** The next step, as a command; empty where it would only open the pages, since a reader of the report has them. */
export const nextPart = (digest: Digest): Section =>
  digest.next.kind === 'site' ? [] : [withCommand(`${nextStepText(digest)}:`, digest.next.command)]
