/**
 * Text as a scanner should see it: without terminal escapes and invisible characters, which would hide where a key begins
 * or split it, and with the escapes of JSON, URLs and HTML replaced by their characters. Pure.
 */

/** Escapes of JSON, also doubled by nesting; of URLs and HTML, of printable ASCII. Terminal escapes; invisible characters. */
const escapes = new RegExp(
  [
    /\\{1,8}(?:[nrtbf"'/]|u00[0-7][0-9a-fA-F])/,
    /%[2-7][0-9a-fA-F]|%0[aAdD9]/,
    /&(?:amp|lt|gt|quot|#\d{1,3}|#x[0-9a-fA-F]{1,2});/,
    /\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?/,
    /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/,
    /\u001b[ -/]*[0-~]?/,
    /[\u0000\u0008\u000b-\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
)

const controls: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '', f: '' }
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }

function characterOf(found: string): string {
  const body = found.replace(/^\\+|^[&%]|;$/g, '')
  switch (found[0]) {
    case '\\':
      return body[0] === 'u' && body.length === 5 ? fromCode(body.slice(1), 16) : (controls[body] ?? body)
    case '%':
      return fromCode(body, 16)
    case '&':
      if (body[0] !== '#') return entities[body] ?? found
      return body[1] === 'x' ? fromCode(body.slice(2), 16) : fromCode(body.slice(1), 10)
    default:
      return ''
  }
}

const fromCode = (digits: string, radix: number): string => String.fromCharCode(Number.parseInt(digits, radix))

export interface Decoded {
  text: string
  /** A range of `text` in the original text; escapes belong to it as a whole. */
  origin: (range: { from: number; to: number }) => { from: number; to: number }
}

export function decode(original: string): Decoded {
  // The common case.
  if (original.search(escapes) < 0) return { text: original, origin: range => range }
  const parts: string[] = []
  // Where plain text (even) and the character of an escape (odd) begin in the decoded text, and where in the original.
  const [starts, origins] = [[0], [0]]
  let [length, end] = [0, 0]
  for (const match of original.matchAll(escapes)) {
    const before = original.slice(end, match.index)
    const character = characterOf(match[0])
    end = match.index + match[0].length
    parts.push(before, character)
    length += before.length
    starts.push(length, length + character.length)
    origins.push(match.index, end)
    length += character.length
  }
  parts.push(original.slice(end))
  const partAt = (at: number): number => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= at) low = middle
      else high = middle - 1
    }
    return low
  }
  const placeOf = (part: number, at: number): number => (origins[part] as number) + at - (starts[part] as number)
  const origin: Decoded['origin'] = ({ from, to }) => {
    const last = partAt(to - 1)
    const isEscape = last % 2 === 1
    return { from: placeOf(partAt(from), from), to: isEscape ? (origins[last + 1] as number) : placeOf(last, to) }
  }
  return { text: parts.join(''), origin }
}
