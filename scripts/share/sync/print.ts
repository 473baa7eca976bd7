/** What `pnpm sync` prints at its end. */
import { command, shellWord } from '../../lib/command.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Pulled, PulledSession } from './pull/pull.ts'
import type { Pushed, PushedSession } from './push/push.ts'
import type { Synced } from './sync.ts'

type Print = Pick<Terminal, 'step'>

/** Sessions of one kind that are listed. */
const MAX_LISTED = 20

export function printSynced(terminal: Print, { address, dryRun, pushed, pulled }: Synced): void {
  const shown = sanitizeText(address, 200)
  if (dryRun) terminal.step('dry run', 'this would be done; nothing was written')
  if (pulled) printPulled(terminal, pulled, shown)
  if (pushed) printPushed(terminal, pushed, shown)
}

const pulledWords: Record<PulledSession['what'], string> = {
  new: 'brought',
  changed: 'updated',
  refused: 'refused',
  unverified: 'left out',
  marked: 'marked',
  withdrawn: 'withdrawn',
  deleted: 'deleted',
}

function printPulled(terminal: Print, { sessions, failures }: Pulled, address: string): void {
  // Else a branch was not read to its end, and may have something new: the error says so.
  if (sessions.length === 0 && failures.length === 0) terminal.step('bring', `nothing new at ${address}`)
  for (const [what, some] of Map.groupBy(sessions, session => session.what)) {
    const line = ({ id, branch, why }: PulledSession) =>
      sanitizeText(`${id} from ${branch}${pulledNotes[what] ?? ''}${why === null ? '' : `: ${why}`}`, 500)
    list(terminal, pulledWords[what], some.map(line))
  }
}

const pulledNotes: Partial<Record<PulledSession['what'], string>> = {
  withdrawn: ': no longer shared there; kept here',
  deleted: ': deleted here, and not brought again; --restore ID brings it',
}

const pushedWords: Record<PushedSession['what'], string> = {
  new: 'pushed',
  changed: 'pushed',
  withdrawn: 'withdrew',
  deleted: 'still',
}

function printPushed(terminal: Print, { branch, sessions }: Pushed, address: string): void {
  const moved = sessions.filter(({ what }) => what !== 'deleted')
  const where = `${branch === null ? 'a new branch' : sanitizeText(branch)} at ${address}`
  const nothing = branch === null ? `no session for ${address}` : `nothing new for ${where}`
  terminal.step('push', moved.length === 0 ? nothing : `${plural(moved.length, 'session')} to ${where}`)
  for (const [what, some] of Map.groupBy(sessions, session => session.what))
    list(
      terminal,
      pushedWords[what],
      some.map(({ id }) => `${sanitizeText(id)}${pushedNotes[what](id)}`),
    )
}

const pushedNotes: Record<PushedSession['what'], (id: string) => string> = {
  new: () => '',
  changed: () => ', which has changed',
  withdrawn: () => '; earlier commits of the branch still hold it',
  deleted: id =>
    ` is shared there, and no longer here; \`${command(`sync --withdraw ${shellWord(id)}`)}\` takes it off`,
}

function list(terminal: Print, verb: string, lines: string[]): void {
  for (const line of lines.slice(0, MAX_LISTED)) terminal.step(verb, line)
  if (lines.length > MAX_LISTED) terminal.step(verb, `and ${plural(lines.length - MAX_LISTED, 'further session')}`)
}
