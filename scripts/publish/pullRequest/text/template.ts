/**
 * The repository's template within a description. It stands between two hidden lines, so that what people write into it, or
 * tick, is still there after the description is updated. Pure.
 */
import { closed, untick } from './markdownEnds.ts'

const FIRST = '<!-- nightshift: template -->'
const LAST = '<!-- nightshift: end of template -->'

/**
 * @param template as the repository has it; null: none
 * @param before the description that is updated; null: it is new
 * @returns the template between its lines, with what people have written into it; null without one
 */
export function templateSection(template: string | null, before: string | null): string | null {
  const written = before === null ? null : writtenIn(before)
  if (written === null && template === null) return null
  return [FIRST, '', closed((written ?? unfilled(template ?? '')).trim()), '', LAST].join('\n')
}

/**
 * As a new description has it: nobody has ticked a box of it yet, and front matter is for programs, which amid a text is a
 * heading. A line like ours would end it too early.
 */
function unfilled(template: string): string {
  const text = unixLines(template).replace(
    /^\uFEFF?---[ \t]*\n(?:(?:[\w-]+:.*|[ \t].*|-[ \t].*|#.*)?\n)*?---[ \t]*(?:\n|$)/,
    '',
  )
  const lines = text.split('\n').filter(line => line !== FIRST && line !== LAST)
  return untick(lines.join('\n'))
}

/** What stands between the lines of an earlier description; null where they are gone. */
function writtenIn(description: string): string | null {
  const lines = unixLines(description).split('\n')
  const first = lines.indexOf(FIRST)
  const last = lines.indexOf(LAST, first + 1)
  return first < 0 || last < 0 ? null : lines.slice(first + 1, last).join('\n')
}

const unixLines = (text: string): string => text.replace(/\r\n?/g, '\n')
