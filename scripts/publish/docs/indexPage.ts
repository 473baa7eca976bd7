/** The first page of a folder of docs: every session and post in it with its result, the newest first. Pure. */
import type { ListItem, PhrasingContent, Root, RootContent } from 'mdast'
import { heading, phrasing } from '../../report/nodes.ts'
import type { FrontMatter } from '../request.ts'
import { linkTo, withHead } from './frontMatter.ts'
import type { ListedPage } from './manifest.ts'
import { portable } from './portable.ts'

const TITLE = 'Autoresearch sessions'

export function indexPage(pages: ListedPage[], form: FrontMatter): string {
  const newest = pages.toSorted((a, b) => compare(b.date ?? '', a.date ?? '') || compare(b.name, a.name))
  const listed = (about: ListedPage['about'], title: string): RootContent[] => {
    const own = newest.filter(page => page.about === about)
    if (own.length === 0) return []
    return [
      heading(2, title),
      { type: 'list', ordered: false, spread: false, children: own.map(page => item(page, form)) },
    ]
  }
  const tree: Root = {
    type: 'root',
    children: [...listed('several', 'Several sessions'), ...listed('session', 'Sessions')],
  }
  const head = {
    title: TITLE,
    label: TITLE,
    description: 'Results of autoresearch sessions, newest first.',
    date: null,
    order: -1e6,
  }
  return withHead(form, head, portable(tree, new Map()))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** "2026-11-21: [nov21 · H100](…): val_bpb 2.6750 → 2.3410, 12.5% lower, confirmed on 2 new seeds." */
function item({ name, title, answer, date }: ListedPage, form: FrontMatter): ListItem {
  const children: PhrasingContent[] = [
    ...(date === null ? [] : [text(`${date}: `)]),
    { type: 'link', url: linkTo(form, name, 'index'), children: phrasing(title) },
    ...(answer === '' ? [] : [text(': '), ...phrasing(answer)]),
  ]
  return { type: 'listItem', spread: false, children: [{ type: 'paragraph', children }] }
}

const text = (value: string): PhrasingContent => ({ type: 'text', value })
