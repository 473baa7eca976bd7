/** All top-level constants of the editable files, in the baseline and at the head. Pure. */
import { z } from 'zod'
import type { Source } from './tree.ts'

export const settingSchema = z.object({
  file: z.string(),
  name: z.string(),
  /** The value as written, without its comment; null where the constant does not exist. */
  baseline: z.string().nullable(),
  head: z.string().nullable(),
})
export type Setting = z.infer<typeof settingSchema>

/** Settings in the order of the files' lines; within a file, those that only the head has come last. */
export function configuration(baseline: Source, head: Source): Setting[] {
  return [...baseline.keys()].flatMap(file => {
    const [before, after] = [settings(baseline.get(file)), settings(head.get(file))]
    const names = new Set([...before.keys(), ...after.keys()])
    return [...names].map(name => ({
      file,
      name,
      baseline: before.get(name) ?? null,
      head: after.get(name) ?? null,
    }))
  })
}

/** The first value of each name; later assignments of the same name are ignored. */
function settings(text = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [name, value] = setting(line) ?? []
    if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value)
  }
  return found
}

// Python's `NAME = value  # note`, also with a type, and JavaScript's `const NAME = value; // note`, without
// indentation. The value extends to the comment; a comment sign inside a string belongs to the value.
const pattern =
  /^(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Z][A-Z0-9_]*)\s*(?::\s*[\w.[\], |]+)?\s*=(?!=)\s*((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!\/\/)[^#"'])+)/

/**
 * Name and value of a line that sets a top-level constant; null for other lines. A value that a call computes, a
 * dictionary, and a list that goes on in the next line are no constants.
 */
export function setting(line: string): [name: string, value: string] | null {
  const [, name = '', raw = ''] = pattern.exec(line) ?? []
  const value = raw.trim().replace(/;$/, '')
  return isConstant(value) ? [name, value] : null
}

const word = '(?:[Tt]rue|[Ff]alse|None|null|[A-Z][A-Z0-9_]*)'
const number = String.raw`(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][-+]?\d+)?`
const expression = new RegExp(
  String.raw`^(?:\s|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w.])${number}(?![\w.])|(?<![\w.])${word}(?![\w.(]|\s\()|[-+*/%,()[\]])+$`,
)

/** Longer values are data. */
const MAX_CHARACTERS = 400

/** Whether a value consists of numbers, strings, names of constants, and lists and arithmetic of them. */
function isConstant(value: string): boolean {
  if (value === '' || value.length > MAX_CHARACTERS || !expression.test(value)) return false
  let depth = 0
  for (const sign of value.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '')) {
    if (sign === '(' || sign === '[') depth++
    if (sign === ')' || sign === ']') depth--
    if (depth < 0) return false
  }
  return depth === 0
}
