/**
 * The repository's template within a description. It stands between two hidden lines, so that what people write into it, or
 * tick, is still there after the description is updated. Pure.
 */

const FIRST = '<!-- nightshift: template -->'
const LAST = '<!-- nightshift: end of template -->'

/**
 * @param template as the repository has it; null: none
 * @param before the description that is updated; null: it is new
 * @returns the template between its lines, with what people have written into it; null without one
 */
export function templateSection(template: string | null, before: string | null): string | null {
  const text = (before === null ? null : writtenIn(before)) ?? template
  return text === null ? null : [FIRST, '', closed(unixLines(text).trim()), '', LAST].join('\n')
}

/** What stands between the lines of an earlier description; null where they are gone. */
function writtenIn(description: string): string | null {
  const lines = unixLines(description).split('\n')
  const first = lines.indexOf(FIRST)
  const last = lines.indexOf(LAST, first + 1)
  return first < 0 || last < 0 ? null : lines.slice(first + 1, last).join('\n')
}

/** A comment or a block of code that does not end would hide all that follows. */
function closed(text: string): string {
  const isOpen = text.lastIndexOf('<!--') > text.lastIndexOf('-->')
  const withComment = isOpen ? `${text} -->` : text
  const fence = openFence(withComment.split('\n'))
  return fence === null ? withComment : `${withComment}\n${fence}`
}

/** The fence that begins a block of code without an end; null without one. */
function openFence(lines: string[]): string | null {
  let open: string | null = null
  for (const line of lines) {
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence === undefined) continue
    if (open === null) open = fence
    else if (fence.startsWith(open) && line.trim() === fence) open = null
  }
  return open
}

const unixLines = (text: string): string => text.replace(/\r\n?/g, '\n')
