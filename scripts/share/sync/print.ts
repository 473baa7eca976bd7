/** What `pnpm sync` prints at its end. */
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Synced } from './sync.ts'

/** Lines of one kind that are listed. */
const MAX_LISTED = 20

export function printSynced(terminal: Terminal, { pulled, address }: Synced): void {
  const lines: [verb: string, text: string][] = (pulled?.sessions ?? []).map(({ id, branch, what, why }) => [
    what,
    sanitizeText(`${id} from ${branch}${why === null ? '' : `: ${why}`}`, 500),
  ])
  if (lines.length === 0) terminal.step('unchanged', `nothing new at ${address}`)
  for (const [verb, some] of Map.groupBy(lines, ([verb]) => verb)) {
    for (const [, text] of some.slice(0, MAX_LISTED)) terminal.step(verb, text)
    if (some.length > MAX_LISTED) terminal.step(verb, `and ${plural(some.length - MAX_LISTED, 'further session')}`)
  }
}
