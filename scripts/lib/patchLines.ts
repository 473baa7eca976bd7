/** The lines of a patch by what they are, for pages that colour them. Pure. */

export interface PatchLine {
  /** `head`: names of files and places. */
  kind: 'ins' | 'del' | 'head' | 'same'
  text: string
}

/** Together their texts are the patch. Within a hunk only the sign counts: a removed "-- note" reads "--- note". */
export function patchLines(patch: string): PatchLine[] {
  let [removed, added] = [0, 0]
  return patch
    .replace(/\n$/, '')
    .split('\n')
    .map(text => {
      const isInside = removed > 0 || added > 0
      const kind = isInside ? signOf(text) : kindOutside(text)
      const hunk = isInside ? null : /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(text)
      if (hunk) [removed, added] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)]
      else if (isInside) {
        if (kind === 'del' || kind === 'same') removed--
        if (kind === 'ins' || kind === 'same') added--
      }
      return { kind, text }
    })
}

/** Of a line in front of the hunks, or of a patch that has no hunk headers. */
const kindOutside = (line: string): PatchLine['kind'] =>
  /^(?:--- |\+\+\+ |@@|diff )/.test(line) ? 'head' : signOf(line)

function signOf(line: string): PatchLine['kind'] {
  if (line.startsWith('\\')) return 'head'
  return line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'same'
}
