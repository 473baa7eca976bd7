/** The sections of a post on several sessions. Each sentence is from the facts that the sessions' reports and pages have. Pure. */
import type { List, ListItem, RootContent } from 'mdast'
import { list, total } from '../../../analysis/numbers.ts'
import { relativePlusMinus } from '../../../analysis/relative.ts'
import { nextStepText } from '../../../analysis/result/nextStep.ts'
import { resultSentences } from '../../../analysis/result/sentences.ts'
import type { Knob } from '../../../analysis/search/knob.ts'
import type { Row } from '../../../compare/schema.ts'
import { plural } from '../../../lib/text.ts'
import { experimentName } from '../../../record/files/paths.ts'
import { headline } from '../../../report/headline.ts'
import { brief, bullets, paragraph, short, table, withCommand } from '../../../report/nodes.ts'
import { fold } from '../../../report/render/fold.ts'
import { cloneText, wholePatchCommand } from '../../../report/sections/replicate.ts'
import { isAdoptable, isNull, type Member, type SeveralFacts } from './facts.ts'

/** Rows of a table of changes, and values to try, that stand open. */
const MAX_OPEN = 6

export const counts = ({ members, shared }: SeveralFacts) => ({
  confirmed: members.filter(({ outcome }) => outcome.kind === 'confirmed').length,
  replicated: shared.filter(isBetter).length,
  contradicted: shared.filter(({ label }) => label === 'contradicted').length,
  inconclusive: shared.filter(({ label }) => label === 'inconclusive').length,
  worse: shared.filter(isWorse).length,
})

const isBetter = ({ label, way }: Row): boolean => label === 'replicated' && way === 'better'
const isWorse = ({ label, way }: Row): boolean => label === 'replicated' && way === 'worse'

/** The first paragraph. */
export function answer(facts: SeveralFacts): RootContent {
  const { members, shared, week } = facts
  const n = counts(facts)
  const experiments = total(week.sessions.map(member => member.experiments)) ?? 0
  const kept = total(week.sessions.map(member => member.kept)) ?? 0
  const found = [
    [n.replicated, 'replicated as better'],
    [n.worse, 'replicated as worse'],
    [n.contradicted, 'contradicted'],
    [n.inconclusive, 'not settled'],
  ] as const
  return paragraph(
    `${plural(members.length, 'session')} on ${plural(week.machines.length, 'machine')} made ${plural(experiments, 'experiment')} and kept ${plural(kept, 'change')}.`,
    n.confirmed === 0
      ? 'No gain over a baseline is confirmed by re-runs.'
      : `Re-runs confirm a gain over the session's own baseline in ${n.confirmed} of ${plural(members.length, 'session')}.`,
    members.length < 2
      ? ''
      : shared.length === 0
        ? 'No change was tried in more than one session.'
        : `Of ${plural(shared.length, 'change')} tried in more than one session: ${list(found.flatMap(([count, said]) => (count === 0 ? [] : [`${count} ${said}`])))}.`,
  )
}

/** Finals with a confirmed gain, and the changes that replicated. */
export function toAdopt({ members, shared }: SeveralFacts): RootContent[] {
  const finals = members.filter(isAdoptable)
  const replicated = shared.filter(isBetter)
  if (finals.length + replicated.length === 0)
    return [paragraph('Nothing yet: no gain is confirmed by re-runs, and no change replicated as better.')]
  return [
    ...(finals.length > 0 ? [listOf(finals.map(finalItem))] : []),
    ...(replicated.length > 0
      ? [
          paragraph('Changes that replicated as better, each on its own against the head of its session:'),
          ...changes(replicated, members),
        ]
      : []),
  ]
}

function finalItem({ digest, session }: Member): ListItem {
  const { holdout } = resultSentences(digest)
  const patch = wholePatchCommand(session.baseCommit, digest.final)
  const line = `${headline(digest, session)}. ${holdout}`
  const children =
    patch === null
      ? paragraph(line)
      : withCommand(`${line} As one patch, in ${cloneText(session, digest.final)}:`, patch)
  return { type: 'listItem', spread: false, children: [children] }
}

/** Contradicted changes, and those on which the sessions do not settle anything although one kept them. */
export function notReplicated({ members, shared }: SeveralFacts): RootContent[] {
  const contradicted = shared.filter(({ label }) => label === 'contradicted')
  const open = shared.filter(row => row.label === 'inconclusive' && row.cells.some(keptIt))
  const summary = `${plural(open.length, 'change')} that one session kept and the others do not settle`
  const reason = 'Neither replicated nor contradicted: more runs are needed.'
  return [
    ...(contradicted.length > 0 ? changes(contradicted, members) : []),
    ...(open.length > 0 ? [paragraph(reason), changesTable(open, members, false)] : []).map(block =>
      fold(block, summary),
    ),
  ]
}

const keptIt = ({ tries }: Row['cells'][number]): boolean => tries.some(({ status }) => status === 'keep')

/** Sessions without a gain, changes that are worse in several, and constants without an effect. */
export function nullResults({ members, shared }: SeveralFacts): RootContent[] {
  const sessions = members.filter(isNull)
  const worse = shared.filter(isWorse)
  const flat = members.flatMap(({ name, digest }) => {
    const knobs = digest.noise === null ? [] : digest.knobs.filter(knob => knob.shape === 'flat')
    const tried = knobs.filter(knob => valuesOf(knob).length >= MIN_VALUES)
    return tried.length === 0 ? [] : [`${name}: ${list(tried.map(knobText))}.`]
  })
  return [
    ...(sessions.length > 0
      ? [bullets(sessions.map(m => `${headline(m.digest, m.session)}. ${resultSentences(m.digest).holdout}`))]
      : []),
    ...(worse.length > 0 ? [paragraph('Changes that replicated as worse:'), ...changes(worse, members, false)] : []),
    ...(flat.length > 0
      ? [paragraph('Constants without an effect above noise, with the values tried:'), bullets(flat)]
      : []),
  ]
}

/** With two values, one difference would have to tell. */
const MIN_VALUES = 3

const valuesOf = ({ tries }: Knob): string[] => [...new Set(tries.flatMap(({ from, to }) => [from, to]))]

/** "MLP_RATIO (2.0, 4.0, 8.0)" */
function knobText(knob: Knob): string {
  const number = (value: string) => Number(value.replaceAll('_', ''))
  const sorted = valuesOf(knob).toSorted((a, b) => number(a) - number(b) || 0)
  return `${short(knob.id)} (${short(sorted.join(', '))})`
}

/** The largest in a table that stands open, the rest folded. */
function changes(rows: Row[], members: Member[], why = true): RootContent[] {
  const [open, rest] = [rows.slice(0, MAX_OPEN), rows.slice(MAX_OPEN)]
  const summary = plural(rest.length, 'more change')
  return [
    changesTable(open, members, why),
    ...(rest.length > 0 ? [fold(changesTable(rest, members, why), summary)] : []),
  ]
}

/** @param why whether each row has its reason */
function changesTable(rows: Row[], members: Member[], why: boolean): RootContent {
  const byId = new Map(members.map(member => [member.side.id, member]))
  const found = ({ cells }: Row) => cells.map(cell => cellText(cell, byId.get(cell.side))).join('; ')
  return table(rows, [
    { head: 'Change', cell: row => brief(row.name) },
    { head: 'Relative change of the metric', cell: found },
    ...(why ? [{ head: 'Why', cell: (row: Row) => row.why }] : []),
  ])
}

/** "2.93 ± 0.16% lower in mar8 (0002: 0.04 → 0.05)" */
function cellText({ gain, half, tries, step, side }: Row['cells'][number], member: Member | undefined): string {
  const numbers = tries.map(({ experiment }) => experimentName(experiment)).join(', ')
  const where = `in ${member?.name ?? side} (${numbers}${step === null ? '' : `: ${short(step)}`})`
  if (gain === null || member === undefined) return `${tries.at(-1)?.status ?? 'not measured'} ${where}`
  return `${relativePlusMinus(gain, half, member.side.metric.goal)} ${where}`
}

/** The next step of each session that has one, and what the sessions leave open. */
export function next({ members, week, wording }: SeveralFacts): RootContent[] {
  const steps = Map.groupBy(
    members.filter(({ digest }) => digest.next.kind !== 'site'),
    ({ digest }) => `${nextStepText(digest)}\n${digest.next.command}`,
  )
  const items = [...steps.values()].flatMap((same): ListItem[] => {
    const [first] = same
    if (first === undefined) return []
    const text = `${list(same.map(({ name }) => name))}: ${nextStepText(first.digest)}:`
    return [{ type: 'listItem', spread: false, children: [withCommand(text, first.digest.next.command)] }]
  })
  const untried = week.untried.map(({ session, what, why }) => `${brief(what)} (${wording.name(session)}): ${why}.`)
  return [
    ...(items.length > 0 ? [listOf(items)] : []),
    ...(untried.length > 0
      ? [paragraph('Values and pairs that the sessions leave open:'), ...untriedLists(untried)]
      : []),
  ]
}

function untriedLists(items: string[]): RootContent[] {
  const [open, rest] = [items.slice(0, MAX_OPEN), items.slice(MAX_OPEN)]
  return [bullets(open), ...(rest.length > 0 ? [fold(bullets(rest), `${rest.length} more to try`)] : [])]
}

const listOf = (children: ListItem[]): List => ({ type: 'list', ordered: false, spread: false, children })
