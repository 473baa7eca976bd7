/** The files of a post in a folder of docs: its pages, their figures, and the index of all pages there. */
import { join } from 'node:path'
import { exists } from '../../lib/files/read.ts'
import type { FrontMatter } from '../request.ts'
import { withHead } from './frontMatter.ts'
import { indexPage } from './indexPage.ts'
import { hashOf, type ListedPage, type Manifest } from './manifest.ts'
import { pageFile } from './names.ts'
import type { Page } from './pages.ts'
import { portable } from './portable.ts'

const INDEX = 'index.md'
const DAY_MS = 86_400_000

export interface Files {
  /** Content by path in the folder. */
  wanted: Map<string, string>
  /** Figures of these pages that an earlier post wrote and this one does not. */
  dropped: string[]
  /** Of the folder with these files. */
  manifest: Manifest
}

/** @param before manifest of the folder; null where nothing was posted to it */
export async function filesOf(
  pages: Page[],
  form: FrontMatter,
  folder: string,
  before: Manifest | null,
): Promise<Files> {
  const others = await othersThere(pages, folder, before)
  const listed = [...others, ...pages.map(listedPage)].sort((a, b) => (a.name < b.name ? -1 : 1))
  const wanted = new Map<string, string>([
    ...pages.flatMap((page): [string, string][] => [[pageFile(page.name), pageText(page, form)], ...page.pictures]),
    [INDEX, indexPage(listed, form)],
  ])
  const kept = new Set(listed.flatMap(page => [pageFile(page.name), ...page.figures]))
  const names = new Set(pages.map(({ name }) => name))
  const earlier = before?.pages.filter(page => names.has(page.name)).flatMap(({ figures }) => figures) ?? []
  const hashes = new Map([
    ...Object.entries(before?.files ?? {}).filter(([path]) => kept.has(path)),
    ...[...wanted].map(([path, content]): [string, string[]] => [path, [hashOf(content)]]),
  ])
  return {
    wanted,
    dropped: earlier.filter(path => !kept.has(path)),
    manifest: {
      schema: 1,
      frontMatter: form,
      pages: listed,
      files: Object.fromEntries([...hashes].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  }
}

/** Pages of earlier posts. One that a person removed is not listed any more. */
async function othersThere(pages: Page[], folder: string, before: Manifest | null): Promise<ListedPage[]> {
  const names = new Set(pages.map(({ name }) => name))
  const there: ListedPage[] = []
  for (const page of before?.pages ?? [])
    if (!names.has(page.name) && (await exists(join(folder, pageFile(page.name))))) there.push(page)
  return there
}

const listedPage = ({ key, name, title, answer, date, about, figures }: Page): ListedPage => ({
  key,
  name,
  title,
  answer,
  date,
  about,
  figures,
})

function pageText({ title, heading, answer, date, tree, images }: Page, form: FrontMatter): string {
  const days = date === null ? 0 : Date.parse(date) / DAY_MS
  return withHead(
    form,
    { title: heading, label: title, description: answer, date, order: -days },
    portable(tree, images),
  )
}
