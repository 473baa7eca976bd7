/** Top-level constants of a source file, `NAME = number`: what the tuner moves and what a report compares. */

export interface Constant {
  name: string
  /** As it is written: "2**14", "3e-4", "0.05". */
  raw: string
  value: number
}

/** One constant that a patch moved. */
export interface Move {
  file: string
  name: string
  from: Constant
  to: Constant
}

// Python's `NAME = 3e-4  # note`, with a type too, and JavaScript's `const NAME = 3e-4; // note`.
const pattern =
  /^((?:export\s+)?(?:(?:const|let|var)\s+)?([A-Z][A-Z0-9_]*)\s*(?::\s*[\w.[\]]+\s*)?=\s*)(-?(?:\d[\d_]*\s*\*\*\s*\d+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))(?=\s*(?:[;#,]|\/\/|$))/

/** The constants of a text in the order of its lines. */
export const constantsIn = (text: string): Constant[] => text.split('\n').flatMap(line => parse(line) ?? [])

/** The text with the first constant of that name given another value, all else untouched. */
export function withConstant(text: string, name: string, raw: string): string {
  const lines = text.split('\n')
  const i = lines.findIndex(line => parse(line)?.name === name)
  if (i >= 0) lines[i] = (lines[i] ?? '').replace(pattern, (_, head: string) => head + raw)
  return lines.join('\n')
}

/** The constants that a patch moves: a removed and an added line of the same name in the same file. */
export function movesIn(patch: string): Move[] {
  const moves: Move[] = []
  let file = ''
  let removed = new Map<string, Constant>()
  for (const line of patch.split('\n')) {
    if (line.startsWith('+++ ')) {
      file = line.slice(4).replace(/^b\//, '')
      removed = new Map()
    } else if (line.startsWith('-')) {
      const constant = parse(line.slice(1))
      if (constant) removed.set(constant.name, constant)
    } else if (line.startsWith('+')) {
      const to = parse(line.slice(1))
      const from = to && removed.get(to.name)
      if (from && from.value !== to.value) moves.push({ file, name: to.name, from, to })
    }
  }
  return moves
}

function parse(line: string): Constant | null {
  const match = pattern.exec(line)
  if (!match) return null
  const [, , name = '', raw = ''] = match
  const [base = '', exponent] = raw.replaceAll('_', '').split('**')
  return { name, raw, value: exponent === undefined ? Number(base) : Number(base) ** Number(exponent) }
}
