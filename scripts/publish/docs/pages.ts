import type { PhrasingContent, Root, RootContent } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { resultSentences } from '../../analysis/result/sentences.ts'
import { experimentName } from '../../record/files/paths.ts'
import { publicAddress } from '../../report/address.ts'
import { authorshipSentences } from '../../report/agent/disclose.ts'
import { currentProse } from '../../report/agent/prose.ts'
import { figuresOf } from '../../report/figureNames.ts'
import { machineName } from '../../report/headline.ts'
import { readReportInput } from '../../report/input.ts'
import { resolved } from '../../report/markdown.ts'
import { withoutFolds } from '../../report/render/github.ts'
import { figureOf } from '../../report/resolve.ts'
import { template } from '../../report/sections/template.ts'
import type { Draw } from '../draw.ts'
import type { Post } from '../post.ts'
import type { ListedPage } from './manifest.ts'
import { figureFile, pageName } from './names.ts'
import type { Image } from './portable.ts'

/** A page before it gets its form. */
export interface Page extends ListedPage {
  /** The whole title; in the index the page has the shorter `title`. */
  heading: string
  tree: Root
  images: Map<string, Image>
  /** Content of the figures, by path in the folder. */
  pictures: Map<string, string>
}

/** @param folder of the session @throws {Failure} if a record cannot be read */
export async function sessionPage(folder: string, draw: Draw): Promise<Page> {
  const input = await readReportInput(folder)
  const { source, writing } = await currentProse(folder, input, template(input), { kind: 'previous' })
  const { session, digest } = input
  const tree = withFigures(
    resolved({ ...input, written: authorshipSentences(writing) }, source, linkTo(session.id)),
    figuresOf(input),
  )
  const key = `session ${session.id}`
  const name = pageName(key)
  const drawn = await draw(input, folder, new Set(tree.children.flatMap(node => figureOf(node) ?? [])))
  const { line } = resultSentences(digest)
  const title = `${session.tag} · ${machineName(session.machine)}`
  return {
    key,
    name,
    title,
    heading: `${title}: ${line}`,
    answer: `${line}.`,
    date: session.startedAt?.slice(0, 10) ?? null,
    about: 'session',
    tree: { type: 'root', children: withoutTitle(tree.children) },
    images: new Map(
      [...drawn].map(([figure, { label }]) => [figure, { path: figureFile(name, figure), alternative: label }]),
    ),
    figures: [...drawn.keys()].map(figure => figureFile(name, figure)),
    pictures: new Map([...drawn].map(([figure, { svg }]) => [figureFile(name, figure), `${svg}\n`])),
  }
}

/** Links an experiment's number to its page, where the notebook's pages are published. */
function linkTo(id: string): ((experiment: number) => string) | undefined {
  const site = publicAddress()
  if (site === null) return undefined
  return experiment => `${site}sessions/${encodeURIComponent(id)}/${experimentName(experiment)}.html`
}

/** A page on several sessions. @param pages of the sessions */
export function severalPage(post: Post, pages: Page[]): Page {
  const name = pageName(post.key)
  const dates = pages.flatMap(({ date }) => date ?? []).sort()
  return {
    key: post.key,
    name,
    title: post.title,
    heading: post.title,
    answer: '',
    date: dates.at(-1) ?? null,
    about: 'several',
    tree: treeOf(post),
    images: new Map(),
    figures: [],
    pictures: new Map(),
  }
}

const parser = unified().use(remarkParse).use(remarkGfm).freeze()

/** The text of a post without its hidden marks, which a folder needs not, and without charts that only GitHub draws. */
function treeOf({ parts }: Post): Root {
  const { children } = withoutFolds(parser.parse(parts.join('\n\n')))
  return {
    type: 'root',
    children: withoutTitle(children.filter(node => !(node.type === 'code' && node.lang === 'mermaid'))),
  }
}

const withoutTitle = (children: RootContent[]): RootContent[] =>
  children.filter(node => !(node.type === 'heading' && node.depth === 1))

/** Further figures, at the top of the section that each belongs to. */
const places: Record<string, string> = { 'What was kept': 'waterfall', 'The session': 'timeline' }

function withFigures({ children }: Root, there: ReadonlySet<string>): Root {
  const shown = new Set(children.flatMap(node => figureOf(node) ?? []))
  const more = children.flatMap((node): RootContent[] => {
    const name = node.type === 'heading' ? places[textOf(node.children)] : undefined
    if (name === undefined || shown.has(name) || !there.has(name)) return [node]
    return [node, { type: 'leafDirective', name: 'figure', attributes: { id: name }, children: [] }]
  })
  return { type: 'root', children: more }
}

const textOf = (children: PhrasingContent[]): string =>
  children.map(child => ('value' in child ? child.value : '')).join('')
