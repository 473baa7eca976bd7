import type { Paragraph, PhrasingContent, Root, RootContent } from 'mdast'
import { machineName } from '../../analysis/machineName.ts'
import { resultSentences } from '../../analysis/result/sentences.ts'
import { sanitizeText } from '../../lib/text.ts'
import { publicAddress } from '../../report/address.ts'
import { figuresOf } from '../../report/figureNames.ts'
import { resolved } from '../../report/markdown.ts'
import { figureOf } from '../../report/resolve.ts'
import type { Cleaner, Draft } from '../content/draft.ts'
import { logsSection } from '../content/logs.ts'
import { readPostedReport, withPage } from '../content/session.ts'
import type { Draw } from '../draw.ts'
import type { FrontMatter } from '../request.ts'
import { linkTo } from './frontMatter.ts'
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

/** How pages are made. */
export interface PageOptions {
  clean: Cleaner
  withLogs: boolean
  draw: Draw
}

/** @param folder of the session @throws {Failure} if a file that it is made from holds a key, or cannot be read */
export async function sessionPage(folder: string, { clean, withLogs, draw }: PageOptions): Promise<Page> {
  const { input, source } = await readPostedReport(folder, clean)
  const { session, digest } = input
  const { children } = withFigures(resolved(input, source), figuresOf(input))
  const logs = withLogs ? logsSection(folder, input.experiments, clean.text) : []
  const key = `session ${session.id}`
  const name = pageName(key)
  const drawn = await draw(input, folder, new Set(children.flatMap(node => figureOf(node) ?? [])))
  const files = [...drawn].map(([figure, { svg, label }]) => ({ figure, path: figureFile(name, figure), svg, label }))
  const { line } = resultSentences(digest)
  // The manifest, which is read again, holds no longer ones; tags are of anybody.
  const title = sanitizeText(`${session.tag} · ${machineName(session.machine)}`, 200)
  return {
    key,
    name,
    title,
    heading: `${title}: ${line}`,
    answer: sanitizeText(`${line}.`, 500),
    date: session.startedAt?.slice(0, 10) ?? null,
    about: 'session',
    tree: { type: 'root', children: [...withPage(withoutTitle(children), publicAddress(), session.id), ...logs] },
    images: new Map(files.map(({ figure, path, label }) => [figure, { path, alternative: label }])),
    figures: files.map(({ path }) => path),
    pictures: new Map(files.map(({ path, svg }) => [path, `${svg}\n`])),
  }
}

/** @param pages of the sessions, which it links @param key as in `Post` */
export function severalPage(key: string, { title, blocks }: Draft, pages: Page[], form: FrontMatter): Page {
  const dates = pages.flatMap(({ date }) => date ?? []).sort()
  // A draft's title has code where GitHub would read a reference.
  const heading = title.replaceAll('`', '')
  const [answer, ...rest] = blocks
  return {
    key,
    name: pageName(key),
    title: heading,
    heading,
    answer: '',
    date: dates.at(-1) ?? null,
    about: 'several',
    tree: { type: 'root', children: [...(answer ? [answer] : []), linksTo(pages, form), ...rest] },
    images: new Map(),
    figures: [],
    pictures: new Map(),
  }
}

/** "Pages: nov20 · H100, nov18 · CPU." */
function linksTo(pages: Page[], form: FrontMatter): Paragraph {
  const links = pages.flatMap(({ name, title }, i): PhrasingContent[] => [
    { type: 'text', value: i === 0 ? 'Pages: ' : ', ' },
    { type: 'link', url: linkTo(form, name, 'page'), children: [{ type: 'text', value: title }] },
  ])
  return { type: 'paragraph', children: [...links, { type: 'text', value: '.' }] }
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
