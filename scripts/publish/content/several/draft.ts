/** The post on several sessions: what to adopt, what did not replicate, null results, cost, and what next. */
import type { Link, Paragraph, PhrasingContent, RootContent } from 'mdast'
import { plural } from '../../../lib/text.ts'
import { publicAddress, sessionAddress } from '../../../report/address.ts'
import { authorshipSentences } from '../../../report/agent/disclose.ts'
import { readReportInput } from '../../../report/input.ts'
import { heading, paragraph } from '../../../report/nodes.ts'
import { fold } from '../../../report/render/fold.ts'
import type { ReportInput } from '../../../report/sections/parts.ts'
import { sessionsTable, weekTables } from '../../../report/several/tables.ts'
import { failOnKeys, keysInSession } from '../../../share/scan.ts'
import { type Cleaner, type Draft, titleOf } from '../draft.ts'
import { logsSection } from '../logs.ts'
import { took } from './cost.ts'
import { type SeveralFacts, severalFacts } from './facts.ts'
import { answer, counts, next, notReplicated, nullResults, toAdopt } from './sections.ts'

/**
 * @param folders of the sessions, at least one
 * @param week e.g. "2026-W47", where the post is about a week
 * @throws {Failure} if a file that it is made from holds a key, or cannot be read
 */
export async function severalDraft(
  folders: string[],
  week: string | null,
  clean: Cleaner,
  withLogs: boolean,
): Promise<Draft> {
  const inputs: ReportInput[] = []
  for (const folder of folders) inputs.push(await readReportInput(folder, clean.record))
  const hits = await Promise.all(folders.map((folder, i) => keysInSession(folder, inputs[i]?.experiments ?? [])))
  failOnKeys(hits.flat())
  const facts = severalFacts(inputs)
  const logs = withLogs
    ? folders.flatMap((folder, i) =>
        logsSection(folder, inputs[i]?.experiments ?? [], clean.text, inputs[i]?.session.id),
      )
    : []
  return { title: titleOf(title(facts, week)), blocks: [...blocks(facts), ...logs] }
}

/** "Week 2026-W47: 3 sessions on 2 machines, 1 with a confirmed gain, 2 changes replicated" */
function title(facts: SeveralFacts, week: string | null): string {
  const { members, wording } = facts
  const { confirmed, replicated } = counts(facts)
  const span = wording.facts.get('week.span')?.text ?? ''
  const machines = plural(facts.week.machines.length, 'machine')
  const gained = confirmed === 0 ? 'no gain confirmed' : `${confirmed} with a confirmed gain`
  const again = replicated === 0 ? '' : `, ${plural(replicated, 'change')} replicated`
  return `${week === null ? span : `Week ${week}`}: ${plural(members.length, 'session')} on ${machines}, ${gained}${again}`
}

function blocks(facts: SeveralFacts): RootContent[] {
  const tables = weekTables(facts.week, facts.wording, authorshipSentences(null))
  const part = (name: string) => tables.get(name) ?? []
  const { week, wording } = facts
  const note =
    week.groups > 1
      ? [
          paragraph(
            'Sessions of different groups differ in metric, data, budget or kind of machine: their values do not compare.',
          ),
        ]
      : []
  const table = sessionsTable(week.sessions, wording, week.groups, false)
  return [
    answer(facts),
    ...section('What to adopt', toAdopt(facts)),
    ...section('What did not replicate', notReplicated(facts)),
    ...section('Null results', nullResults(facts)),
    ...section('What it took', took(facts)),
    ...section('What next', next(facts)),
    ...section('The sessions', [table, ...pages(facts), ...note]),
    ...section('What is not proven', part('unproven')),
    ...(facts.week.knobs.length > 0 ? folded('Constants that several sessions changed', part('knobs')) : []),
    ...folded('Disclosure', part('disclosure')),
  ]
}

const section = (title: string, blocks: RootContent[]): RootContent[] =>
  blocks.length === 0 ? [] : [heading(2, title), ...blocks]

const folded = (title: string, blocks: RootContent[]): RootContent[] => [fold(heading(2, title), title), ...blocks]

/** Links to the sessions' pages, where these are published. */
function pages({ members }: SeveralFacts): RootContent[] {
  const site = publicAddress()
  if (site === null) return []
  const links = members.flatMap(({ session, name }, i): PhrasingContent[] => {
    const url = sessionAddress(site, session.id)
    const link: Link = { type: 'link', url, children: [{ type: 'text', value: name }] }
    return i === 0 ? [link] : [{ type: 'text', value: ', ' }, link]
  })
  const line: Paragraph = { type: 'paragraph', children: [{ type: 'text', value: 'Pages: ' }, ...links] }
  return [line]
}
