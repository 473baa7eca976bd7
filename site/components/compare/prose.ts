/** Versions of program.md's prose: the results of each, and the diff of each to the version before. */
import { diffWordsWithSpace } from 'diff'
import { list } from '../../../scripts/compare/names.ts'
import { around, difference, isAnotherText, type Line, sizeText } from '../../../scripts/compare/prose/difference.ts'
import { gainTexts } from '../../../scripts/compare/prose/prose.ts'
import type { ProseVersion } from '../../../scripts/compare/schema.ts'
import { capital, countText } from '../../data/words.ts'
import type { CompareContext } from './context.ts'
import type { Child, Make } from './make.ts'
import { table } from './table.ts'

/** Rows of one diff that the page shows. */
const MAX_ROWS = 400

export function prose(make: Make, context: CompareContext): Element[] {
  const { prose: versions } = context.comparison
  if (versions.length === 0) return [make('p', {}, 'No session recorded which version its agent read.')]
  const pairs = versions.slice(1).map((after, at) => [versions[at], after] as [ProseVersion, ProseVersion])
  return [
    make('p', {}, finding(versions)),
    make('div', { class: 'table' }, versionsTable(make, context, versions)),
    ...pairs.map(([before, after], at) => step(make, before, after, at === pairs.length - 1)),
  ]
}

const nameOf = ({ hash }: ProseVersion): string => hash.slice(0, 8)

/** How many experiments were kept under each version. */
function finding(versions: ProseVersion[]): string {
  if (versions.length === 1) return 'All agents read the same version.'
  const shown = versions.slice(0, 4).map(v => `under ${nameOf(v)} ${v.kept} of ${v.experiments}`)
  const more = versions.length > 4 ? 'The table has the others.' : ''
  return `${capital(countText(versions.length, 'version'))}. Experiments kept: ${list(shown)}. ${more}`.trim()
}

/** The diff of a version to the one before, closed unless it is the last and of the same text. */
function step(make: Make, before: ProseVersion, after: ProseVersion, isLast: boolean): Element {
  const lines = before.text === null || after.text === null ? null : difference(before.text, after.text)
  const isOther = lines !== null && isAnotherText(lines)
  const note = lines === null ? '' : `: ${isOther ? 'another text, ' : ''}${sizeText(lines)}`
  return make(
    'details',
    { class: 'versions', open: isLast && !isOther },
    make('summary', {}, `From ${nameOf(before)} to ${nameOf(after)}${note}`),
    ...changed(make, before, after, lines),
  )
}

function versionsTable(make: Make, { names, sides }: CompareContext, versions: ProseVersion[]): Element {
  const heads = ['Version', 'Sessions', 'Experiments', 'Kept', 'Device-hours', 'Change in single runs']
  const hide = ['', '', 'n hide-narrow', 'n', 'n hide-narrow', 'n hide-narrow']
  const sessionsText = (v: ProseVersion) => {
    const named = v.sides.slice(0, 6).map(id => names.get(id) ?? id)
    return `${v.sides.length}: ${named.join(', ')}${v.sides.length > 6 ? ' and more' : ''}`
  }
  const cells = (v: ProseVersion): Child[] => [
    make('code', {}, nameOf(v)),
    sessionsText(v),
    v.experiments,
    v.kept,
    v.deviceHours?.toFixed(2) ?? '',
    gainTexts(v, sides).slice(0, 6).join(', '),
  ]
  return table(
    make,
    'Sessions and gains under each version',
    heads.map((head, i) => make('th', { class: hide[i] || null }, head)),
    make(
      'tbody',
      {},
      versions.map(v =>
        make(
          'tr',
          {},
          cells(v).map((cell, i) => make('td', { class: hide[i] || null }, cell)),
        ),
      ),
    ),
  )
}

function changed(make: Make, before: ProseVersion, after: ProseVersion, lines: Line[] | null): Element[] {
  if (lines === null) return [make('p', { class: 'meta' }, 'The text of one of them is not available.')]
  const rows = paired(around(lines, 2))
  const left = rows.length - MAX_ROWS
  const label = `Changes from ${nameOf(before)} to ${nameOf(after)}`
  return [
    make(
      'div',
      { class: 'diff sides', tabindex: 0, role: 'region', 'aria-label': label },
      make(
        'table',
        {},
        make('caption', { class: 'aside' }, label),
        make(
          'thead',
          { class: 'aside' },
          make('tr', {}, make('th', {}, nameOf(before)), make('th', {}, nameOf(after))),
        ),
        make(
          'tbody',
          {},
          rows.slice(0, MAX_ROWS).map(row => diffRow(make, row)),
        ),
      ),
    ),
    ...(left > 0 ? [make('p', { class: 'meta after' }, `${left} more lines are in the data.`)] : []),
  ]
}

type Pair = { old: Line | null; now: Line | null } | null

/** Aligns a diff in two columns: the n-th removed line of a hunk stands beside the n-th added one. null is a gap. */
function paired(lines: (Line | null)[]): Pair[] {
  const out: Pair[] = []
  let waiting: { old: Line; now: Line | null }[] = []
  for (const line of lines) {
    const partner = line?.sign === '+' ? waiting.shift() : undefined
    if (partner && line) partner.now = line
    else if (line?.sign === '+') out.push({ old: null, now: line })
    else if (line?.sign === '-') {
      const pair = { old: line, now: null }
      out.push(pair)
      waiting.push(pair)
    } else {
      waiting = []
      out.push(line && { old: line, now: line })
    }
  }
  return out
}

function diffRow(make: Make, pair: Pair): Element {
  if (pair === null) return make('tr', { class: 'hunk' }, make('td', { colspan: 2 }, '⋯'))
  const { old, now } = pair
  if (old && old === now) return make('tr', { class: 'same' }, make('td', {}, old.text), make('td', {}, old.text))
  const parts = old && now ? words(old.text, now.text) : null
  const cell = (line: Line | null, kind: 'ins' | 'del') =>
    make(
      'td',
      { class: line ? kind : null },
      parts
        ? parts
            .filter(p => p.kind === 'same' || p.kind === kind)
            .map(p => (p.kind === 'same' ? p.text : make(kind, {}, p.text)))
        : (line?.text ?? null),
    )
  return make('tr', {}, cell(old, 'del'), cell(now, 'ins'))
}

/** Words that changed between two lines; null where less than 30% of the shorter line stayed. */
function words(old: string, now: string): { text: string; kind: 'same' | 'ins' | 'del' }[] | null {
  if (old.length + now.length > 4000) return null
  const parts = diffWordsWithSpace(old, now).map(({ value, added, removed }) => ({
    text: value,
    kind: added ? ('ins' as const) : removed ? ('del' as const) : ('same' as const),
  }))
  const same = parts.filter(p => p.kind === 'same').reduce((sum, p) => sum + p.text.trim().length, 0)
  return same < 0.3 * Math.min(old.trim().length, now.trim().length) ? null : parts
}
