/**
 * A diff's rows as markup. Every experiment's page has hundreds of tokens, and as elements of a component they take
 * several times as long.
 */
import { escapeHtml, type Markup } from '../../../scripts/lib/text.ts'
import type { Row } from './patch.ts'
import type { Token } from './syntax.ts'

const signs = { same: '', ins: '+', del: '−', gap: '' }

/** Table rows: line number, sign and code. */
export const diffMarkup = (rows: Row[]): Markup => rows.map(rowMarkup).join('') as Markup

function rowMarkup({ kind, line, tokens }: Row): string {
  if (kind === 'gap') return '<tr class="hunk"><td colspan="3">⋯</td></tr>'
  const code = tokens.map(token => tokenMarkup(token, kind)).join('')
  // The spaces keep the words of the cells apart in the search index.
  return `<tr class="${kind}"><td class="line">${line ?? ''}</td> <td class="sign">${signs[kind]}</td> <td>${code}</td></tr>`
}

function tokenMarkup({ text, kind, changed }: Token, row: Row['kind']): string {
  const name = changed && row !== 'same' ? row : kind ? 'span' : null
  if (name === null) return escapeHtml(text)
  return `<${name}${kind ? ` class="t-${kind}"` : ''}>${escapeHtml(text)}</${name}>`
}
