/** Numbers and strings in source lines that a patch moved: the knobs of a session, whatever they are called. */
import { memoize } from '../../lib/memoize.ts'
import { blocksOf } from './edits.ts'

/** One literal that a patch gave another value, all else of its line unchanged. */
export interface LiteralMove {
  file: string
  /** What the value is assigned to, e.g. "MATRIX_LR", "weight_decay"; else the last name before it. */
  name: string
  /** The line with its literals blanked, without comment: the same for each value that was tried here. */
  line: string
  /** Which literal of the line, from 0. */
  literalIndex: number
  /** As written. */
  from: string
  to: string
}

interface Line {
  template: string
  literals: { raw: string; at: number }[]
}

/** A power of whole numbers is one value (2**18); a string is one with its quotes; None is one. */
const literal =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.])(?:\d[\d_]*\s*\*\*\s*\d+(?![\d.])|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])|\b(?:True|False|None|true|false)\b/g

/** A longer line is data, or made by a machine; nobody turns a knob in it. */
const longest = 1000

/** Literals that a patch moved, in its order. */
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

/** The number that a literal stands for; null for a string and for None. */
export function numberOf(raw: string): number | null {
  const [base = '', exponent] = raw.replaceAll('_', '').split('**')
  const value = exponent === undefined ? Number(base) : Number(base) ** Number(exponent)
  return raw.trim() !== '' && Number.isFinite(value) ? value : null
}

/** The line without comment and literals, spaces folded. A sign belongs to its number where no operand is before it. */
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

/** Python's `//` divides; where a file's language is not known, both signs begin a comment. */
function uncomment(text: string, file: string): string {
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

/** "weight_decay" in `dict(lr=lr * scale, weight_decay=□)`, "fill_" with its owner in `self.x0.fill_(□)`. */
function nameAt(template: string, at: number): string {
  const before = template.slice(0, at)
  const assigned = /([A-Za-z_][\w.]*)\s*(?::\s*[\w.[\], |]+)?(?<![=<>!])=(?!=)[^=]*$/.exec(before)?.[1]
  const name = assigned ?? before.match(/[A-Za-z_][\w.]*/g)?.at(-1) ?? 'line'
  return name.replace(/^(?:self|this)\./, '')
}
