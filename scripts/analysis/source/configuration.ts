/** All top-level constants of the editable files, in the baseline and at the head. Pure. */
import { z } from 'zod'
import type { Source } from './tree.ts'

export const settingSchema = z.object({
  file: z.string(),
  name: z.string(),
  /** As written, without a comment; null where it does not exist. */
  baseline: z.string().nullable(),
  head: z.string().nullable(),
})
export type Setting = z.infer<typeof settingSchema>

/** In the order of the files' lines; one that only the head has comes after the others of its file. */
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

/** The first value of each name: what a file assigns again further down is no setting of it. */
function settings(text = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [name, value] = setting(line) ?? []
    if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value)
  }
  return found
}

// Python's `NAME = value  # note`, with a type too, and JavaScript's `const NAME = value; // note`. At top level: no
// indentation. A value is strings and whatever else comes before a comment.
const pattern =
  /^(?:export\s+)?(?:(?:const|let|var)\s+)?([A-Z][A-Z0-9_]*)\s*(?::\s*[\w.[\], |]+)?\s*=(?!=)\s*((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!\/\/)[^#"'])+)/

/** Name and value of a line that sets a top-level constant. */
export function setting(line: string): [name: string, value: string] | null {
  const [, name = '', raw = ''] = pattern.exec(line) ?? []
  const value = raw.trim().replace(/;$/, '')
  return value === '' ? null : [name, value]
}
