/** What is open at the end of a Markdown text that others wrote, and boxes in it. Line by line, as GitHub reads it. Pure. */

/** An element whose content is no Markdown ends only at its end tag. */
const raw = /<(pre|script|style|textarea)(?=[\s>])/i

interface Open {
  /** What ends it: a fence, "-->" or an end tag; null: ordinary text. */
  end: string | null
  /** Elements that fold what follows. */
  details: number
}

/** A comment, a block of code, raw HTML or a fold that does not end would hide all that follows: they get their ends. */
export function closed(text: string): string {
  const { end, details } = text.split('\n').reduce(after, { end: null, details: 0 })
  const folds = '</details>\n'.repeat(details).trimEnd()
  return [
    `${text}${end === '-->' ? ' -->' : end === null ? '' : `\n${end}`}`,
    ...(folds === '' ? [] : ['', folds]),
  ].join('\n')
}

/** Unticks the boxes of lists; those in code or comments stay. */
export function untick(text: string): string {
  let open: Open = { end: null, details: 0 }
  const lines = text.split('\n').map(line => {
    const isText = open.end === null
    open = after(open, line)
    return isText ? line.replace(/^([\s>]*(?:[-*+]|\d+[.)])[ \t]+)\[[xX]\]/, '$1[ ]') : line
  })
  return lines.join('\n')
}

function after({ end, details }: Open, line: string): Open {
  if (end !== null && /^[`~]/.test(end)) {
    const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1]
    return { end: fence?.startsWith(end) ? null : end, details }
  }
  if (end === null) {
    const fence = /^[ \t>]*(?:[-*+][ \t]+)?(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1]
    if (fence !== undefined) return { end: fence, details }
  }
  return afterText({ end, details }, line)
}

/** Comments and tags of a line outside of blocks of code. */
function afterText({ end, details }: Open, line: string): Open {
  let [rest, open, folds] = [line, end, details]
  while (rest !== '') {
    if (open !== null) {
      const at = rest.toLowerCase().indexOf(open)
      if (at < 0) break
      rest = rest.slice(at + open.length)
      open = null
    }
    const found = /<!--|<details(?=[\s>])|<\/details\s*>|<(?:pre|script|style|textarea)(?=[\s>])|`[^`]+`/i.exec(rest)
    if (found === null) break
    const [token] = found
    rest = rest.slice(found.index + token.length)
    const element = raw.exec(`${token} `)?.[1]
    if (token === '<!--') open = '-->'
    else if (element !== undefined) open = `</${element.toLowerCase()}>`
    else if (/^<d/i.test(token)) folds++
    else if (/^<\//.test(token)) folds = Math.max(0, folds - 1)
  }
  return { end: open, details: folds }
}
