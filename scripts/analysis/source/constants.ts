/**
 * Top-level constants of a source file, `NAME = value`, which the tuner changes and reports compare. A value is a
 * number, a boolean, a short quoted word such as a window pattern, or Python's None.
 */

export interface Constant {
  name: string
  /** As it is written: "2**14", "3e-4", "True", "'SSSL'", "None". */
  raw: string
  /** A boolean is 1 or 0; null for a word and for None. */
  value: number | null
  /** The rest of the line after the value, without the comment sign; may be empty. */
  note: string
}

/** One constant that a patch changed. */
export interface Move {
  file: string
  name: string
  from: Constant
  to: Constant
}

// Python's `NAME = 3e-4  # note`, also with a type, and JavaScript's `const NAME = 3e-4; // note`.
const head = /(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Z][A-Z0-9_]*)\s*(?::\s*[\w.[\]]+\s*)?=\s*/
const number = /-?(?:\d[\d_]*\s*\*\*\s*\d+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/
const word = /'[\w.+-]{1,24}'|"[\w.+-]{1,24}"/
const pattern = new RegExp(
  `^(${head.source})(${number.source}|[Tt]rue|[Ff]alse|None|${word.source})(?=\\s*(?:[;#,]|//|$))(.*)$`,
)

/** The constants of a text in the order of its lines. */
export const constantsIn = (text: string): Constant[] => text.split('\n').flatMap(line => parse(line) ?? [])

/** The text with the value of the first constant of that name replaced; unchanged if there is none. */
export function withConstant(text: string, name: string, raw: string): string {
  const lines = text.split('\n')
  const i = lines.findIndex(line => parse(line)?.name === name)
  if (i >= 0) lines[i] = (lines[i] ?? '').replace(pattern, (_, start, _name, _raw, rest) => start + raw + rest)
  return lines.join('\n')
}

/** The constants that a patch changes: a removed and an added line of the same name in the same file. */
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
      if (from && !same(from, to)) moves.push({ file, name: to.name, from, to })
    }
  }
  return moves
}

/** Whether a constant is set to Python's None: the program chooses its value. */
export const isNone = ({ raw }: Constant): boolean => raw === 'None'

/** Whether two constants have the same value, however it is written. */
const same = (a: Constant, b: Constant): boolean => a.value === b.value && (a.value !== null || a.raw === b.raw)

function parse(line: string): Constant | null {
  const [, , name, raw, rest = ''] = pattern.exec(line) ?? []
  if (name === undefined || raw === undefined) return null
  return { name, raw, value: worth(raw), note: rest.replace(/^\s*[;,]?\s*(?:#|\/\/)?\s*/, '') }
}

function worth(raw: string): number | null {
  if (/^['"N]/.test(raw)) return null
  if (/^[tf]/i.test(raw)) return /^t/i.test(raw) ? 1 : 0
  const [base = '', exponent] = raw.replaceAll('_', '').split('**')
  return exponent === undefined ? Number(base) : Number(base) ** Number(exponent)
}
