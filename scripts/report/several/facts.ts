/** Facts on several sessions: on all of them, and each session's own with its name before the id. Pure. */
import { list, total } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import { count, dollars, type Fact, metricFacts, seconds, textFact } from '../facts/fact.ts'
import { facts } from '../facts/facts.ts'
import { notComparable } from '../facts/search.ts'
import type { Lesson, Week } from './schema.ts'

export interface WeekFacts {
  facts: Map<string, Fact>
  /** A session's name in facts and tables. */
  name: (session: string) => string
  /** A gain in the format of its own session: "−0.0119". */
  gain: (session: string, gain: number) => string
}

/** @param digests of the week's sessions */
export function weekFacts(week: Week, digests: Digest[]): WeekFacts {
  const names = new Map(week.sessions.map(({ session, name }) => [session, name]))
  const byId = new Map(digests.map(digest => [digest.session, digest]))
  const name = (session: string) => names.get(session) ?? session
  const gain = (session: string, value: number) => {
    const digest = byId.get(session)
    return digest ? (metricFacts(digest).gain('', value)[0]?.text ?? '') : ''
  }
  const own = digests.flatMap(digest =>
    [...facts(digest).values()].map(fact => ({ ...fact, id: `${name(digest.session)}/${fact.id}` })),
  )
  const wording = { name, gain }
  const all = [
    ...weekTotals(week),
    ...week.lessons.flatMap((lesson, i) => lessonFacts(lesson, i + 1, wording)),
    ...otherFacts(week, wording),
    ...own,
  ]
  return { ...wording, facts: new Map(all.map(fact => [fact.id, fact])) }
}

function weekTotals({ sessions, machines, groups, lessons }: Week): Fact[] {
  const days = sessions.flatMap(({ startedAt }) => startedAt?.slice(0, 10) ?? [])
  const confirmed = sessions.filter(member => member.confirmed?.verdict === 'better')
  const dated = [...new Set([days[0], days.at(-1)])].join(' to ')
  const span = days.length === 0 ? 'undated' : days.length < sessions.length ? `${dated} and undated` : dated
  const verdict = (...which: Lesson['verdict'][]) => lessons.filter(l => which.includes(l.verdict)).length
  const again = sessions.length > 1 ? `, ${plural(verdict('replicated'), 'change')} replicated` : ''
  const of = `${plural(sessions.length, 'session')} on ${plural(machines.length, 'machine')}`
  return [
    ...textFact(
      'week.title',
      `${span} · ${of}: ${confirmed.length === 0 ? 'no gain confirmed' : `${confirmed.length} with a confirmed gain`}${again}`,
    ),
    ...textFact('week.span', span),
    ...count('session')('week.sessions', sessions.length),
    ...count('machine')('week.machines', machines.length),
    ...count('group')('week.groups', groups),
    ...count('experiment')('week.experiments', total(sessions.map(member => member.experiments))),
    ...count('change')('week.kept', total(sessions.map(member => member.kept))),
    ...count('change')('week.lessons', lessons.length),
    ...seconds('week.hours', total(sessions.map(member => member.seconds)) || null),
    ...count('token')('week.tokens', total(sessions.map(member => member.tokens))),
    ...dollars('week.cost', total(sessions.map(member => member.costUsd))),
    ...dollars('week.cost.gpu', total(sessions.map(member => member.gpuUsd))),
    ...textFact('week.confirmed', `${confirmed.length} of ${plural(sessions.length, 'session')}`).map(fact => ({
      ...fact,
      confirmed: confirmed.length > 0,
    })),
    ...count('change')('week.again', verdict('replicated')),
    ...count('change')('week.contradicted', verdict('contradicted')),
    ...count('change')('week.mixed', verdict('mixed')),
    ...count('change')('week.faded', verdict('nothing')),
    ...count('change')('week.untested', verdict('untested')),
    ...count('change')('week.incomparable', verdict('incomparable')),
  ]
}

type Wording = Pick<WeekFacts, 'name' | 'gain'>

function lessonFacts(lesson: Lesson, n: number, wording: Wording): Fact[] {
  const [first] = lesson.kept
  if (!first) return []
  const isSure = first.label === 'confirmed'
  return [
    ...textFact(`lesson.${n}.change`, changeText(lesson, wording)),
    ...textFact(`lesson.${n}.gain`, gainsText(lesson, wording)).map(fact => ({ ...fact, confirmed: isSure })),
    ...textFact(`lesson.${n}.label`, first.label).map(fact => ({ ...fact, confirmed: isSure })),
    ...textFact(`lesson.${n}.seen`, seenText(lesson, wording)),
  ]
}

/** "“wider” (0042 of mar8)" */
export const changeText = ({ kept: [first] }: Lesson, { name }: Pick<WeekFacts, 'name'>): string =>
  first ? `“${first.description}” (${experimentName(first.experiment)} of ${name(first.session)})` : ''

/** "−0.0119 in mar8, −0.0040 in nov20", each in its own session's digits. */
export const gainsText = ({ kept }: Lesson, { name, gain }: Wording): string =>
  list(kept.map(k => `${gain(k.session, k.gain)} in ${name(k.session)}`))

/** "same direction in nov20; opposite in nov21", or that no other session tried it. */
export function seenText({ found, verdict }: Lesson, { name }: Pick<WeekFacts, 'name'>): string {
  const sessions = (says: Lesson['found'][number]['says']) => [
    ...new Set(found.filter(f => f.says === says).map(f => name(f.session))),
  ]
  const parts = [
    ['same direction in', sessions('same')],
    ['opposite in', sessions('opposite')],
    ['no visible effect in', sessions('nothing')],
  ] as const
  const seen = parts.flatMap(([said, names]) => (names.length === 0 ? [] : [`${said} ${list(names)}`]))
  return seen.length === 0 ? (verdict === 'incomparable' ? notComparable : 'tried nowhere else') : seen.join('; ')
}

function otherFacts({ knobs, untried }: Week, { name }: Wording): Fact[] {
  return [
    ...knobs.flatMap(knob =>
      textFact(
        `shared.${knob.name}`,
        knob.sessions
          .filter(n => n.shape === 'inside' || n.shape === 'edge')
          .map(n => `${n.best} in ${name(n.session)}`)
          .join(', '),
      ),
    ),
    ...untried.flatMap(({ session, what }, i) => textFact(`untried.${i + 1}`, `${what} (${name(session)})`)),
  ]
}
