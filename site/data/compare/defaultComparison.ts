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

/** @param views newest first */
export async function defaultComparison(views: View[]): Promise<DefaultComparison> {
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
