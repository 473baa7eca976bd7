/** The tables and lists of a report on several sessions, by name. Pure. */
import type { RootContent } from 'mdast'
import { plusMinus } from '../../analysis/numbers.ts'
import { shapeTexts } from '../../analysis/search/knob.ts'
import { duration } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { brief, bullets, type Column, paragraph, table } from '../nodes.ts'
import { fold } from '../render/fold.ts'
import { changeText, gainsText, seenText, type WeekFacts } from './facts.ts'
import type { Lesson, Week } from './schema.ts'

/** Rows of a table of changes that stand open, and rows in all. */
const [MAX_OPEN, MAX_ROWS] = [6, 30]
/** Values and pairs to try that stand open. */
const MAX_UNTRIED = 5

export const tableNames = [
  'sessions',
  'again',
  'contradicted',
  'faded',
  'untested',
  'knobs',
  'untried',
  'unproven',
  'disclosure',
]

/** @param written sentences on who wrote the prose, for the disclosure */
export function weekTables(week: Week, wording: WeekFacts, written: string[]): Map<string, RootContent[]> {
  const { sessions, knobs, untried, groups } = week
  const lessons = (...verdicts: Lesson['verdict'][]): RootContent[] => {
    const all = week.lessons.filter(({ verdict }) => verdicts.includes(verdict))
    const [open, rest] = [all.slice(0, MAX_OPEN), all.slice(MAX_OPEN, MAX_ROWS)]
    const left = all.length - open.length - rest.length
    const more = left > 0 ? [paragraph(`${left} more are in the reports of their sessions.`)] : []
    const summary = `${plural(all.length - open.length, 'more change')}`
    return [
      changes(open, wording),
      ...(rest.length > 0 ? [changes(rest, wording), ...more] : []).map(block => fold(block, summary)),
    ]
  }
  return new Map<string, RootContent[]>([
    ['sessions', [sessionsTable(sessions, wording, groups)]],
    ['again', lessons('replicated')],
    ['contradicted', lessons('contradicted', 'mixed')],
    ['faded', lessons('nothing')],
    ['untested', lessons('untested', 'incomparable')],
    ['knobs', [knobsTable(knobs, wording)]],
    ['untried', untriedLists(untried, wording)],
    ['unproven', [bullets(unprovenItems(sessions))]],
    ['disclosure', [bullets([...written, `Computed from ${sessions.map(({ session }) => session).join(', ')}.`])]],
  ])
}

function untriedLists(untried: Week['untried'], { name }: WeekFacts): RootContent[] {
  const items = untried.map(({ session, what, why }) => `${brief(what)} (${name(session)}): ${why}.`)
  const rest = items.slice(MAX_UNTRIED)
  return [
    bullets(items.slice(0, MAX_UNTRIED)),
    ...(rest.length > 0 ? [fold(bullets(rest), `${rest.length} more to try`)] : []),
  ]
}

/** @param withTime whether it has the sessions' length */
export function sessionsTable(sessions: Week['sessions'], wording: WeekFacts, groups: number, withTime = true) {
  const bestSingleRun = ({ session, bestSingleRun }: Week['sessions'][number]) =>
    bestSingleRun === null ? '–' : wording.gain(session, bestSingleRun)
  return table(sessions, [
    { head: 'Session', cell: n => n.name },
    { head: 'Machine', cell: n => n.machine || '–' },
    ...(groups > 1 ? [{ head: 'Group', cell: (n: Week['sessions'][number]) => String(n.group + 1) }] : []),
    { head: 'Metric', cell: n => n.metric.name },
    { head: 'Experiments', align: 'right', cell: n => String(n.experiments) },
    { head: 'Kept', align: 'right', cell: n => String(n.kept) },
    { head: 'Best single run', align: 'right', cell: bestSingleRun },
    { head: 'Confirmed', align: 'right', cell: n => (n.confirmed ? plusMinus(n.confirmed, n.metric) : '–') },
    ...(withTime ? [length] : []),
  ])
}

const length: Column<Week['sessions'][number]> = {
  head: 'Time',
  align: 'right',
  cell: n => (n.seconds > 0 ? duration(n.seconds) : '–'),
}

const changes = (lessons: Lesson[], wording: WeekFacts) =>
  table(lessons, [
    { head: 'Change', cell: l => brief(changeText(l, wording)) },
    { head: 'Δ vs best of its session', cell: l => gainsText(l, wording) },
    { head: 'Label', cell: l => l.kept[0]?.label ?? '–' },
    { head: 'Other sessions', cell: l => seenText(l, wording) },
  ])

const knobsTable = (knobs: Week['knobs'], { name }: WeekFacts) =>
  table(knobs, [
    { head: 'Constant', code: true, cell: k => k.name },
    {
      head: 'Best value by session',
      cell: k => k.sessions.map(n => `${sharedBest(n)} in ${name(n.session)}`).join(', '),
    },
  ])

function unprovenItems(sessions: Week['sessions']): string[] {
  const open = sessions.filter(({ confirmed, kept }) => kept > 0 && confirmed?.verdict !== 'better')
  const lines = open.map(({ name, collected }) =>
    collected
      ? `The gain of ${name}: it was run elsewhere, and nothing of it was measured here.`
      : `The gain of ${name}: it is not confirmed by re-runs.`,
  )
  return [
    ...lines,
    'The same direction in another session is one more run, not a proof: sessions differ in more than one change.',
  ]
}

/** The best value of a session and where it lies among those tried. */
const sharedBest = ({ best, shape }: Week['knobs'][number]['sessions'][number]): string =>
  shape === 'flat' || shape === 'unclear' ? shapeTexts[shape] : `${best} (${shapeTexts[shape]})`
