/** Computes the values of names in source text by constant arithmetic. Nothing is executed. Pure. */

/** Limits of the depth of nested names and of the characters read of a line, since the source is untrusted. */
const [deepest, longest] = [24, 400]

/** Values of names that are assigned a number, or arithmetic (+ − * / // % **) on such names. */
export interface Values {
  /** null: unknown, or assigned different numbers. Without an assignment, the name in capitals is looked up. */
  of(name: string): number | null
}

/** Reads the assignments of all texts. */
export function valuesIn(texts: Iterable<string>): Values {
  const assigned = new Map<string, Set<string>>()
  for (const text of texts)
    for (const line of text.split('\n')) {
      const [, name = '', expression = ''] =
        /^\s*(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Za-z_]\w*)\s*(?::\s*[\w.[\], |]+)?\s*=(?!=)\s*([^#;]+?)\s*(?:[#;].*)?$/.exec(
          line.slice(0, longest),
        ) ?? []
      if (name !== '') assigned.set(name, (assigned.get(name) ?? new Set()).add(expression))
    }
  const known = new Map<string, number | null>()
  const of = (name: string, depth = 0): number | null => {
    // A parameter often has a constant's name in lower case: depth for DEPTH.
    const own = assigned.has(name) ? name : name.toUpperCase()
    const expressions = assigned.get(own)
    if (!expressions || depth > deepest) return null
    if (!known.has(own)) {
      known.set(own, null)
      const values = [...expressions].map(expression => evaluate(expression, inner => of(inner, depth + 1)))
      // Ignores expressions that cannot be evaluated, e.g. `config.n_embd`; two different numbers contradict each
      // other.
      const numbers = new Set(values.filter(value => value !== null))
      known.set(own, numbers.size === 1 ? ([...numbers][0] ?? null) : null)
    }
    return known.get(own) ?? null
  }
  return { of }
}

const token = /\s*(?:(\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|(\*\*|\/\/|[-+*/%()]))/y

/** Evaluates arithmetic with Python's precedence; null for any other expression. */
function evaluate(source: string, lookUp: (name: string) => number | null): number | null {
  const tokens = tokenise(source)
  if (tokens === null) return null
  let at = 0
  const take = (...operators: string[]) => (operators.includes(tokens[at] ?? '') ? tokens[at++] : undefined)
  const sum = (): number => chain(product, '+', '-')
  const product = (): number => chain(power, '*', '/', '//', '%')
  const chain = (part: () => number, ...operators: string[]): number => {
    let value = part()
    for (let sign = take(...operators); sign; sign = take(...operators)) value = compute(value, sign, part())
    return value
  }
  const power = (): number => {
    if (take('-')) return -power()
    const base = atom()
    return take('**') ? base ** power() : base
  }
  const atom = (): number => {
    if (take('(')) {
      const value = sum()
      return take(')') ? value : Number.NaN
    }
    const word = tokens[at++] ?? ''
    if (/^[\d.]/.test(word)) return Number(word.replaceAll('_', ''))
    return /^[A-Za-z_]/.test(word) ? (lookUp(word) ?? Number.NaN) : Number.NaN
  }
  const value = sum()
  return at === tokens.length && Number.isFinite(value) ? value : null
}

function compute(a: number, sign: string, b: number): number {
  if (sign === '+') return a + b
  if (sign === '-') return a - b
  if (sign === '*') return a * b
  if (sign === '/') return a / b
  return sign === '//' ? Math.floor(a / b) : a - b * Math.floor(a / b)
}

function tokenise(source: string): string[] | null {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < source.length) {
    const match = token.exec(source)
    if (!match) return null
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return tokens
}
