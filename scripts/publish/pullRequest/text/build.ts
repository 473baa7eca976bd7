/** Title, description and comments of a pull request, for a reviewer who knows the repository, but not such searches. */
import type { RootContent } from 'mdast'
import { Failure } from '../../../lib/errors.ts'
import { publicAddress } from '../../../report/address.ts'
import { heading, paragraph } from '../../../report/nodes.ts'
import { fold, grouped } from '../../../report/render/fold.ts'
import { blocksText } from '../../../report/render/github.ts'
import { failOnKeys, keysInText } from '../../../share/scan.ts'
import { LABEL, markedParts } from '../../content/buildPost.ts'
import { cleanerOf } from '../../content/draft.ts'
import { keyOf } from '../../content/key.ts'
import { logsSection } from '../../content/logs.ts'
import { readPostedReport, reportBlocks, withPage } from '../../content/session.ts'
import { MAX_PART_CHARACTERS, type PostOptions, sizeOf } from '../../post.ts'
import { changesSection } from './changes.ts'
import { checksSection } from './checks.ts'
import { type Facts, factsOf } from './facts.ts'
import { reproduceSection } from './reproduce.ts'
import { resultParagraphs } from './result.ts'
import { computedTitle } from './title.ts'

export interface PullRequestText {
  /** By which description and comments are found again. */
  key: string
  title: string
  body: string
  /** Continue the description. */
  comments: string[]
  /** Labels that such a pull request usually has. */
  labels: string[]
}

export interface Given extends Pick<Facts, 'proposal' | 'files' | 'records' | 'fetch'> {
  /** Folder and id of the session. */
  folder: string
  id: string
  options: PostOptions
  /** null: it is computed. */
  title: string | null
  /** Subject of the only commit of an adopted branch; null otherwise. */
  subject: string | null
  /** The repository's template between its hidden lines; null without one. */
  template: string | null
}

/** Characters of a description that are left for the report at least. */
const MIN_ROOM = 20_000

/** @throws {Failure} for a key in a file that it is made from or in a text, or for a template that leaves no room */
export async function buildText({
  folder,
  id,
  options,
  title,
  subject,
  template,
  ...given
}: Given): Promise<PullRequestText> {
  const clean = cleanerOf(options.keepPaths)
  const { input, source } = await readPostedReport(folder, clean)
  const facts = factsOf(input, { ...given, proposal: clean.record(given.proposal) })
  const top = [blocksText(grouped(topBlocks(facts))).trimEnd(), ...(template === null ? [] : [template])].join('\n\n')
  if (sizeOf(top) > MAX_PART_CHARACTERS - MIN_ROOM)
    throw new Failure('The repository’s pull request template is too long to be used.', 'Give --template none.')
  const logs = options.withLogs ? logsSection(folder, input.experiments, clean.text) : []
  const site = publicAddress()
  const report = folded(reportBlocks(input, source, site))
  const below = withPage([paragraph(reportSentence), ...report, ...logs], site, id)
  const key = keyOf('session', [id], new Date(0))
  const text = title ?? computedTitle(facts, subject === null ? null : clean.text(subject))
  failOnKeys(keysInText(text, 'the title'))
  const [body = '', ...comments] = markedParts(
    [heading(2, 'The search in detail'), ...below],
    key,
    options.withLogs,
    top,
  )
  return { key, title: text, body, comments, labels: [LABEL] }
}

const reportSentence =
  'This description is computed from the records of the search. Its whole report follows, in its own terms: the baseline is the code before, the head is the code with every kept change, the holdout is data that no decision used, and σ is the standard deviation of a run.'

function topBlocks(facts: Facts): RootContent[] {
  if (facts.changes.length === 0) return [paragraph(facts.proposal.about)]
  return [
    ...resultParagraphs(facts).map(sentences => paragraph(...sentences)),
    heading(2, 'What changes'),
    ...changesSection(facts),
    heading(2, 'What was checked'),
    ...checksSection(facts),
    heading(2, 'How to reproduce it'),
    ...reproduceSection(facts),
  ]
}

/** Every section of the report collapsed; what stands before the first is one, too. */
function folded(blocks: RootContent[]): RootContent[] {
  const sections = blocks.map(node => {
    if (node.type !== 'heading' || node.depth !== 2 || node.data?.fold !== undefined) return node
    return fold(node, titleText(node))
  })
  return [fold(heading(2, 'Result'), 'Result'), ...sections]
}

const titleText = (node: Extract<RootContent, { type: 'heading' }>): string =>
  node.children.map(child => ('value' in child ? child.value : '')).join('')
