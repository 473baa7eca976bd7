/** Finds the numbers, strings, booleans and None that a patch changed, named or not: a session's knobs. */
import { memoize } from '../../lib/memoize.ts'
import { blocksOf } from './edits.ts'

/** One changed literal in a line that is otherwise the same except for other literals. */
export interface LiteralMove {
  file: string
  /** The name that is assigned, e.g. "MATRIX_LR", "weight_decay"; else the last name before the literal. */
  name: string
  /** The line without comment and with "□" for each literal, so it is equal for all values tried. */
  line: string
  /** Index of the literal in the line, from 0. */
  literalIndex: number
  /** As written. */
  from: string
  to: string
}

interface Line {
  template: string
  literals: { raw: string; at: number }[]
}

/** A power of integers (2**18) is one literal. A string includes its quotes. Booleans and None are literals. */
const literal =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.])(?:\d[\d_]*\s*\*\*\s*\d+(?![\d.])|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])|\b(?:True|False|None|true|false)\b/g

/** In characters. Longer lines are data or generated code, without knobs. */
const longest = 1000

/** Literals that a patch changed, in the order of its removed lines. */
export const literalMoves = memoize((patch: string): LiteralMove[] =>
  blocksOf(patch).flatMap(({ file, removed, added }) => {
    const short = (text: string) => text.length <= longest
    const after = added.filter(short).map(text => parse(text, file))
    return removed.filter(short).flatMap(text => {
      const before = parse(text, file)
      const i = after.findIndex(line => line.template === before.template)
      if (i < 0) return []
      const [now] = after.splice(i, 1)
      return before.literals.flatMap(({ raw, at }, literalIndex) => {
        const to = now?.literals[literalIndex]?.raw ?? raw
        if (to === raw) return []
        return [{ file, name: nameAt(before.template, at), line: before.template, literalIndex, from: raw, to }]
      })
    })
  }),
)

const constantLine = /^(?:export\s+)?(?:(?:const|let|var)\s+)?[A-Z][A-Z0-9_]*\s*(?::\s*[\w.[\], |]+)?\s*=(?!=)/

/** Every number or tuple of numbers that a constant in capitals is set to, as a move that does nothing, with its comment. */
export function topLevelNumbers(source: Map<string, string>): { move: LiteralMove; note: string }[] {
  return [...source].flatMap(([file, text]) =>
    text.split('\n').flatMap(raw => {
      if (raw.length > longest || !constantLine.test(raw)) return []
      const { template, literals } = parse(raw, file)
      const note = raw.slice(uncomment(raw, file).length)
      return literals
        .filter(({ raw: value }) => numberOf(value) !== null)
        .map(({ raw: value, at }) => {
          const literalIndex = literals.findIndex(other => other.at === at)
          const move = { file, name: nameAt(template, at), line: template, literalIndex, from: value, to: value }
          return { move, note }
        })
    }),
  )
}

/** The number that a literal denotes; null for strings, booleans and None. */
export function numberOf(raw: string): number | null {
  const [base = '', exponent] = raw.replaceAll('_', '').split('**')
  const value = exponent === undefined ? Number(base) : Number(base) ** Number(exponent)
  return raw.trim() !== '' && Number.isFinite(value) ? value : null
}

/** Replaces literals by "□", drops the comment, folds spaces. A minus without a left operand belongs to its number. */
function parse(text: string, file: string): Line {
  const source = uncomment(text, file).trim().replace(/\s+/g, ' ')
  const literals: Line['literals'] = []
  let [template, last] = ['', 0]
  for (const match of source.matchAll(literal)) {
    const before = source.slice(last, match.index)
    const sign = /(?:^|[=(,[:]\s?)-$/.test(template + before)
    template += sign ? before.slice(0, -1) : before
    literals.push({ raw: (sign ? '-' : '') + match[0], at: template.length })
    template += '□'
    last = match.index + match[0].length
  }
  return { template: template + source.slice(last), literals }
}

/** Removes a trailing comment. `//` is division in Python; for unknown file types both `#` and `//` begin a comment. */
export function uncomment(text: string, file: string): string {
  const signs = /\.(?:py|sh|rb|ya?ml|toml|r|jl)$/i.test(file)
    ? /#/
    : /\.(?:[cm]?[jt]sx?|c|cc|cpp|h|hpp|cu|rs|go|java|kt|swift|zig)$/i.test(file)
      ? /\/\//
      : /#|\/\//
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (quote !== '') {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (signs.exec(text.slice(i, i + 2))?.index === 0) return text.slice(0, i)
  }
  return text
}

/** E.g. "weight_decay" in `dict(lr=lr * scale, weight_decay=□)`, "x0.fill_" in `self.x0.fill_(□)`. */
function nameAt(template: string, at: number): string {
  const before = template.slice(0, at)
  const assigned = /([A-Za-z_][\w.]*)\s*(?::\s*[\w.[\], |]+)?(?<![=<>!])=(?!=)[^=]*$/.exec(before)?.[1]
  const name = assigned ?? before.match(/[A-Za-z_][\w.]*/g)?.at(-1) ?? 'line'
  return name.replace(/^(?:self|this)\./, '')
}
