/** The source of a report on several sessions, as the template writes it. Pure. */
import { list } from '../../analysis/numbers.ts'
import type { Lesson, Week } from './schema.ts'

/** Titles of the sections that an agent may write. */
export const openSections: readonly string[] = [
  'What the sessions found',
  'Replications',
  'What was contradicted',
  'What is still untested',
]

/** Titles of the sections that renderings collapse, after what everybody should read. */
const folded = {
  faded: 'What had no visible effect elsewhere',
  knobs: 'Constants that several sessions changed',
  disclosure: 'Disclosure',
}
export const foldedSections: ReadonlySet<string> = new Set(Object.values(folded))

/** Changes listed one by one. */
const MAX_LESSONS = 5

export function weekTemplate(week: Week): string {
  const { groups, lessons, knobs, untried } = week
  const has = (...verdicts: Lesson['verdict'][]) => lessons.some(({ verdict }) => verdicts.includes(verdict))
  const sections: (string | null)[][] = [
    ['# :fact[week.title]', answer(week)],
    ['## The sessions', '::table{sessions}', groupsNote(groups)],
    ['## What the sessions found', learned(lessons)],
    has('replicated')
      ? [
          '## Replications',
          '::table{again}',
          'What is the same is the whole tree, the changed lines, or a constant moved the same way; words are not compared.',
        ]
      : [],
    has('contradicted', 'mixed')
      ? [
          '## What was contradicted',
          '::table{contradicted}',
          'Another session found the opposite of these, beyond its own noise. They may depend on what else was kept there.',
        ]
      : [],
    ['## What is not proven', '::table{unproven}'],
    has('untested', 'incomparable') || untried.length > 0
      ? [
          '## What is still untested',
          has('untested', 'incomparable') ? '::table{untested}' : null,
          has('untested') ? 'These were kept in a single session, and no other session of these tried them.' : null,
          has('incomparable')
            ? 'Where neither diff nor description says what changed, it is not known whether another session tried the same.'
            : null,
          untried.length > 0 ? 'Values and pairs that the sessions leave open:' : null,
          untried.length > 0 ? '::table{untried}' : null,
        ]
      : [],
    has('nothing')
      ? [
          `## ${folded.faded}`,
          '::table{faded}',
          'Elsewhere the difference lay within the noise, or the run failed: that speaks neither for nor against them.',
        ]
      : [],
    knobs.length > 0 ? [`## ${folded.knobs}`, '::table{knobs}'] : [],
    [`## ${folded.disclosure}`, '::table{disclosure}'],
  ]
  const blocks = sections.flat().filter(block => block !== null)
  return `${blocks.join('\n\n')}\n`
}

function answer({ sessions, lessons }: Week): string {
  const sure = sessions.some(({ confirmed }) => confirmed?.verdict === 'better')
  const has = (verdict: Lesson['verdict']) => lessons.some(lesson => lesson.verdict === verdict)
  const found = [
    has('replicated') ? ':fact[week.again] with the same direction in another session' : '',
    has('contradicted') ? ':fact[week.contradicted] with the opposite' : '',
    has('mixed') ? ':fact[week.mixed] with both' : '',
    has('nothing') ? ':fact[week.faded] without a visible effect elsewhere' : '',
    has('untested') ? ':fact[week.untested] that no other session tried' : '',
    has('incomparable') ? ':fact[week.incomparable] not comparable, for want of a diff' : '',
  ].filter(text => text !== '')
  return [
    ':fact[week.sessions] on :fact[week.machines] made :fact[week.experiments] and kept :fact[week.kept].',
    sure
      ? 'A gain over the own baseline is confirmed by re-runs in :fact[week.confirmed].'
      : 'No gain over a baseline has been confirmed by re-runs.',
    ...(found.length > 0 ? [`Of the kept: ${list(found)}.`] : []),
  ].join(' ')
}

const groupsNote = (groups: number): string | null =>
  groups > 1
    ? 'Sessions of different groups differ in metric, data, budget or kind of machine, so their values do not compare: every number here is a change from a session’s own baseline or best.'
    : null

function learned(lessons: Lesson[]): string {
  const shown = lessons.flatMap(({ kept: [first], verdict }, i) =>
    first && (verdict === 'replicated' || first.label === 'confirmed') ? [i + 1] : [],
  )
  if (shown.length === 0) return 'No change was both kept and replicated, or measured alone in re-runs.'
  const lines = shown
    .slice(0, MAX_LESSONS)
    .map(
      n =>
        `- :fact[lesson.${n}.change]: :fact[lesson.${n}.gain]; :fact[lesson.${n}.label] where it was kept; :fact[lesson.${n}.seen].`,
    )
  return lines.join('\n')
}
