/** The comparison that the page shows before its reader chooses sessions. */
import { JSDOM } from 'jsdom'
import type { Markup } from '../../../scripts/lib/text.ts'
import { maker } from '../../components/compare/make.ts'
import { results } from '../../components/compare/results.ts'
import type { View } from '../view.ts'
import { type ComparedSession, comparedSession } from './comparedSession.ts'
import { defaultSelection, type Selection } from './selection.ts'
import type { Files } from './tables.ts'

export interface DefaultComparison {
  /** All readable sessions, in the order of the views. */
  all: ComparedSession[]
  selection: Selection
  /** null with fewer than two sessions to compare. */
  html: { answer: Markup; rest: Markup } | null
  files: Partial<Files>
}

let cache: { views: View[]; found: Promise<DefaultComparison> } | null = null

/**
 * Cached for the same sessions: the page, its data files and its picture use it.
 * @param views newest first
 */
export function defaultComparison(views: View[]): Promise<DefaultComparison> {
  const isKnown = cache?.views.length === views.length && views.every((view, i) => view === cache?.views[i])
  if (cache === null || !isKnown) cache = { views, found: compareDefault(views) }
  return cache.found
}

async function compareDefault(views: View[]): Promise<DefaultComparison> {
  const all = await Promise.all(views.map(comparedSession))
  const selection = defaultSelection(all.map(({ side }) => side))
  const chosen = selection.ids.flatMap(id => all.find(({ side }) => side.id === id) ?? [])
  if (chosen.length < 2) return { all, selection, html: null, files: {} }
  const files: Partial<Files> = {}
  const { document } = new JSDOM('').window
  const { answer, rest } = results(
    maker(document),
    chosen.map(({ side }) => side),
    Object.assign({}, ...chosen.map(({ texts }) => texts)),
    (name, text) => {
      files[name] = text
      return `data/${name}`
    },
  )
  return { all, selection, html: { answer: answer.outerHTML as Markup, rest: rest.outerHTML as Markup }, files }
}
