/** The notebook's sessions as sides of a comparison. */
import { readSide } from '../../../scripts/compare/read.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { sanitizeRecord } from '../../../scripts/lib/text.ts'
import type { View } from '../view.ts'

export interface ComparedSession {
  side: Side
  /** Prose of program.md by hash. */
  texts: Record<string, string>
}

const read = new WeakMap<View, Promise<ComparedSession>>()

/** The side of a session, read once per build: the page, each session's own file and the data files use it. */
export function comparedSession(view: View): Promise<ComparedSession> {
  // Pages identify a session by its folder, which may have been renamed since the record was written.
  const renamed = ({ side, texts }: ComparedSession): ComparedSession => ({ side: { ...side, id: view.id }, texts })
  const known = read.get(view) ?? readSide(view.folder).then(sanitizeRecord).then(renamed)
  read.set(view, known)
  return known
}
