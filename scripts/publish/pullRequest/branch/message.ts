/** Messages of commits as they may leave: an agent wrote them, and GitHub acts on some words in them. Pure. */
import { publicText } from '../../../lib/secrets/publish.ts'
import { redact } from '../../../lib/secrets/redact.ts'

/**
 * Mentions would notify people, references and closing keywords would link and close issues, and `[skip ci]` would leave
 * out the checks. A blank or a comma takes these meanings away and leaves the text readable.
 */
const meanings: [pattern: RegExp, inert: string][] = [
  [/(?<!\w|\w[.+-])@(?=[\w-])/g, '@ '],
  [/#(?=\d)/g, '# '],
  [/\bGH-(?=\d)/gi, 'GH- '],
  [/(:\/\/[^\s/]+\/[^\s/]+\/[^\s/]+\/(?:issues|pull|discussions)\/)(?=\d)/gi, '$1 '],
  [/\[(skip|no) (ci|actions)\]/gi, '[$1, $2]'],
  [/\[(ci|actions) (skip)\]/gi, '[$1, $2]'],
  [/\bskip-checks(?=\s*:)/gi, 'skip checks'],
]

/** The message without these meanings, keys, and, unless they are kept, names of the user and the machine. */
export const inertMessage = (message: string, keepPaths: boolean): string =>
  meanings.reduce(
    (text, [pattern, inert]) => text.replace(pattern, inert),
    keepPaths ? redact(message) : publicText(message),
  )
