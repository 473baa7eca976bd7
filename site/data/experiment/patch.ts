/** A patch as table rows: signs, line numbers, syntax tokens and changed words. */
import { diffWordsWithSpace } from 'diff'
import parseDiff from 'parse-diff'
import { sanitizeLines } from '../../../scripts/lib/text.ts'
import { syntax, type Token } from './syntax.ts'

export interface Row {
  kind: 'same' | 'ins' | 'del' | 'gap'
  /** Line number in the new file; in the old file for a removed line. */
  line: number | null
  tokens: Token[]
}

export interface FileDiff {
  path: string
  note: 'new file' | 'deleted' | 'renamed' | null
  rows: Row[]
  /** Rows beyond the limit, which are not shown. */
  left: number
}

/** Rows of one file that a page shows; change.patch has the rest. */
const MAX_ROWS = 1500

/** Rows of a diff that stays open: more would push the reasons for the verdict off the first screens. */
const MAX_OPEN_ROWS = 120

/** Whether a file's diff is folded: prose, such as program.md, and long diffs. */
export const isAside = ({ path, rows }: FileDiff): boolean =>
  /\.(?:md|rst|txt)$/i.test(path) || rows.length > MAX_OPEN_ROWS

/** @param text unified diff @returns one entry per file, in the patch's order */
export async function readDiff(text: string): Promise<FileDiff[]> {
  return Promise.all(parseDiff(visible(text)).map(fileDiff))
}

/** Sanitizes each line and keeps the line ends, which the patch format needs. */
const visible = (text: string): string => text.split('\n').map(sanitizeLines).join('\n')

async function fileDiff(file: parseDiff.File): Promise<FileDiff> {
  const path = file.to && file.to !== '/dev/null' ? file.to : (file.from ?? '?')
  const renamed = file.from && file.to && file.from !== file.to
  const note = file.new ? 'new file' : file.deleted ? 'deleted' : renamed ? 'renamed' : null
  const chunks = await Promise.all(file.chunks.map(chunk => chunkRows(chunk, path)))
  const rows = chunks.flatMap((r, i): Row[] => (i === 0 ? r : [{ kind: 'gap', line: null, tokens: [] }, ...r]))
  return { path, note, rows: rows.slice(0, MAX_ROWS), left: Math.max(0, rows.length - MAX_ROWS) }
}

async function chunkRows(chunk: parseDiff.Chunk, path: string): Promise<Row[]> {
  const changes = chunk.changes.filter(c => !c.content.startsWith('\\'))
  const marked = changedWords(changes)
  const before = await sideLines(changes, 'add', path)
  const after = await sideLines(changes, 'del', path)
  let [o, n] = [0, 0]
  return changes.map((c, i) => {
    if (c.type !== 'add') o++
    if (c.type !== 'del') n++
    const tokens = (c.type === 'del' ? before[o - 1] : after[n - 1]) ?? []
    const kind = c.type === 'add' ? 'ins' : c.type === 'del' ? 'del' : 'same'
    return { kind, line: c.type === 'normal' ? c.ln2 : c.ln, tokens: overlay(tokens, marked.get(i) ?? []) }
  })
}

/**
 * Tokenizes the old or the new side of a hunk as one text, so that tokens may span lines; `without` names the other
 * side.
 */
function sideLines(changes: parseDiff.Change[], without: 'add' | 'del', path: string): Promise<Token[][]> {
  const lines = changes.filter(c => c.type !== without).map(c => c.content.slice(1))
  return syntax(lines, path)
}

type Range = [from: number, to: number]

/**
 * Ranges of changed characters, by index of the change: the i-th removed line of a block is compared with the i-th
 * added one.
 */
function changedWords(changes: parseDiff.Change[]): Map<number, Range[]> {
  const marked = new Map<number, Range[]>()
  let i = 0
  while (i < changes.length) {
    const removed = run(changes, i, 'del')
    const added = run(changes, i + removed, 'add')
    for (let k = 0; k < Math.min(removed, added); k++) markPair(changes, i + k, i + removed + k, marked)
    i += Math.max(1, removed + added)
  }
  return marked
}

function run(changes: parseDiff.Change[], from: number, type: string): number {
  let length = 0
  while (changes[from + length]?.type === type) length++
  return length
}

function markPair(changes: parseDiff.Change[], a: number, b: number, marked: Map<number, Range[]>): void {
  const [old = '', now = ''] = [changes[a]?.content.slice(1), changes[b]?.content.slice(1)]
  if (old.length + now.length > 4000) return
  const parts = diffWordsWithSpace(old, now)
  const same = parts.filter(p => !p.added && !p.removed).reduce((sum, p) => sum + p.value.trim().length, 0)
  // Lines with little in common are unrelated: marking their words would not help.
  if (same < 0.3 * Math.min(old.trim().length, now.trim().length)) return
  marked.set(
    a,
    ranges(
      parts.filter(p => !p.added),
      'removed',
    ),
  )
  marked.set(
    b,
    ranges(
      parts.filter(p => !p.removed),
      'added',
    ),
  )
}

function ranges(parts: { value: string; added?: boolean; removed?: boolean }[], flag: 'added' | 'removed'): Range[] {
  const out: Range[] = []
  let at = 0
  for (const part of parts) {
    if (part[flag] && part.value.trim() !== '') out.push([at, at + part.value.length])
    at += part.value.length
  }
  return out
}

/** Splits tokens at the ranges' ends and marks those inside. */
function overlay(tokens: Token[], marked: Range[]): Token[] {
  if (marked.length === 0) return tokens
  const ends = marked.flat()
  let at = 0
  return tokens.flatMap(token => {
    const start = at
    at += token.text.length
    const cuts = [...new Set([start, ...ends.filter(e => e > start && e < at), at])]
    return cuts.slice(1).map((to, i) => {
      const from = cuts[i] ?? start
      const changed = marked.some(([a, b]) => from >= a && to <= b)
      return { ...token, text: token.text.slice(from - start, to - start), changed }
    })
  })
}
