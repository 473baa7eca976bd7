/** Notes on how a table was read. */
import { plural } from '../../lib/text.ts'
import type { Note } from '../source.ts'

export const note = (code: string, text: string, about: Partial<Pick<Note, 'experiments' | 'lines'>> = {}): Note => ({
  code,
  text,
  experiments: [],
  lines: [],
  ...about,
})

/** @param what the predicate of one row, and of several */
export function noteLines(notes: Note[], code: string, lines: number[], [one, many]: [string, string]): void {
  if (lines.length > 0)
    notes.push(note(code, `${plural(lines.length, 'row')} ${lines.length === 1 ? one : many}.`, { lines }))
}
