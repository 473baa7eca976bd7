/** The sections of a session's page: their order, titles and ids, and the sections of a report that they show. Pure. */
import { leaves, nameOf, sectionsOf } from '../../../scripts/report/agent/sections.ts'

interface Topic {
  /** Title on the page; a report's own may be of an earlier version. */
  title: string
  /** Names of report parts that belong to it. */
  parts: string[]
  /** Titles in reports without a source. */
  pattern: RegExp
}

/** In the order of the page. What the page shows by itself is in `replaced`. */
const topics = {
  unknown: { title: 'What was kept is not known', parts: ['unknown'], pattern: /^what was kept is not known/ },
  replicated: { title: 'What was replicated', parts: ['replicated'], pattern: /^what was replicated/ },
  kept: { title: 'What was kept', parts: ['kept', 'why'], pattern: /^(what (worked|was kept)|top wins)/ },
  next: {
    title: 'What to try next',
    parts: ['untried', 'next', 'near', 'combinations'],
    pattern: /^(what to try next|next)/,
  },
  unproven: { title: 'What is not proven', parts: ['unproven'], pattern: /not proven/ },
  failed: {
    title: 'What did not work',
    parts: ['deadEnds', 'failures', 'causes', 'optima'],
    pattern: /^(what did not work|dead ends)/,
  },
  replication: {
    title: 'In other sessions',
    parts: ['replicatedBy', 'replication'],
    pattern: /^(in other sessions|from earlier (sessions|nights))/,
  },
  replicate: { title: 'How to replicate', parts: ['replicate'], pattern: /replicate/ },
  disclosure: { title: 'Disclosure', parts: ['disclosure'], pattern: /^disclosure/ },
  session: { title: 'Time and noise', parts: ['session'], pattern: /^(the (session|night)|tim(e|ing))/ },
  pruned: { title: 'Taken out before confirm', parts: ['pruned'], pattern: /^taken out before/ },
  ablation: { title: 'Taken out one at a time', parts: ['ablation'], pattern: /^taken out one/ },
  confirmation: { title: 'Reruns, head and final', parts: ['confirmation'], pattern: /^reruns/ },
  knobs: { title: 'Constants', parts: ['knobs'], pattern: /^constants/ },
  themes: { title: 'Themes', parts: ['themes'], pattern: /^themes/ },
  configuration: { title: 'Final configuration', parts: ['configuration'], pattern: /^final configuration/ },
  warnings: {
    title: 'Descriptions that contradict the diff',
    parts: ['warnings'],
    pattern: /^descriptions that/,
  },
} satisfies Record<string, Topic>

export type TopicId = keyof typeof topics

/** Shown by the page itself, from the same records. */
const replaced = {
  parts: ['title', 'answer', 'frontier', 'patch', 'imported', 'log'],
  pattern:
    /^(the )?(full log|log|ledger|answer|result|confirmed gain|frontier|changes that made most|patch|how it was imported)\b/,
}

export const topicIds = Object.keys(topics) as TopicId[]

/** From here on the topics are background, which is folded at the end of the page; the others stand before the ledger. */
const firstBackground: TopicId = 'replicate'

export const isBackground = (id: TopicId): boolean => topicIds.indexOf(id) >= topicIds.indexOf(firstBackground)

export const topicTitle = (id: TopicId): string => topics[id].title

/** What a report's section is about. `replaced`: the page shows the same; null: none of the known topics. */
export type Subject = TopicId | 'replaced' | null

/** The subject of a report's section by its title alone. */
export function subjectOfTitle(title: string): Subject {
  const plain = title.toLowerCase()
  if (replaced.pattern.test(plain)) return 'replaced'
  return topicIds.find(id => topics[id].pattern.test(plain)) ?? null
}

/** The subjects of the sections of a report's source, by title: what they contain counts more than what they are called. */
export const subjectsInSource = (source: string): Map<string, Subject> =>
  new Map(
    sectionsOf(source).flatMap(({ title, body }): [string, Subject][] => {
      if (title === null) return []
      const names = leaves(body).map(leaf => nameOf(leaf).split(' ')[1] ?? '')
      const found = names.map(subjectOfPart).find(subject => subject !== null)
      return [[title, found ?? subjectOfTitle(title)]]
    }),
  )

function subjectOfPart(name: string): Subject {
  if (replaced.parts.includes(name)) return 'replaced'
  return topicIds.find(id => (topics[id].parts as string[]).includes(name)) ?? null
}
