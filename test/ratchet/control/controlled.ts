/** A session whose runs end one by one when a test says so, and what other terminals do to it. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { lockOwner } from '../../../scripts/lib/process/lock.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { type JournalEvent, readJournal } from '../../../scripts/record/journal.ts'
import type { Status } from '../../../scripts/status/status.ts'
import { set } from '../../helpers/target.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { folderOf, gated } from '../gated.ts'

/** The n-th run of a session, the baseline being the first, waits for `go-<n>`, or for `open`. */
const rule = `const n = read(around + '/log').filter(line => line.what === 'start').length
  await until(() => opened() || existsSync(around + '/go-' + n))`

/** Three candidates, of which each is better than the one before. @param more keys of the contract */
export const target = (more = ''): Promise<string> =>
  gated(rule, [set('A', '1'), set('B', '1'), set('C', '1')], more, 0)

export const begin = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1']

/** @param isLeader in a process group of its own */
export const session = (root: string, args: string[], isLeader = false) =>
  nightshift(root, 'session', args, { PATH: [join(root, '../bin'), process.env.PATH].join(delimiter) }, isLeader)

/** Lets the n-th run end; without n all of them. */
export const go = (root: string, n?: number): Promise<void> =>
  writeFile(join(root, '..', n === undefined ? 'open' : `go-${n}`), '')

export const idOf = async (root: string): Promise<string> => basename(await folderOf(root))

export async function events(root: string): Promise<JournalEvent[]> {
  const path = files.journal(await folderOf(root))
  const isThere = (await readFile(path, 'utf8').catch(() => '')) !== ''
  return isThere ? readJournal(path) : []
}

/** Resolves when the session's journal fits. */
export async function until(root: string, fits: (events: JournalEvent[]) => boolean): Promise<void> {
  while (!fits(await events(root).catch(() => []))) await wait(20)
}

/** Whether so many runs have begun. */
export const begun = (count: number) => (events: JournalEvent[]) =>
  events.filter(({ event }) => event === 'run-started').length >= count

export const happened =
  (name: JournalEvent['event'], count = 1) =>
  (events: JournalEvent[]) =>
    events.filter(({ event }) => event === name).length >= count

/** Resolves when the session's process has written everything and released its lock. */
export async function untilReleased(root: string): Promise<void> {
  const lock = join(root, '../work', await idOf(root), 'lock')
  while ((await lockOwner(lock)) !== null) await wait(20)
}

export async function status(root: string): Promise<Status> {
  const { stdout } = await nightshift(root, 'status', ['--json'])
  return JSON.parse(stdout) as Status
}

export async function untilStatus(root: string, fits: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    const now = await status(root)
    if (fits(now)) return now
    await wait(20)
  }
}

/** Names of the events, e.g. to see that nothing began in a pause. */
export const names = async (root: string): Promise<string[]> => (await events(root)).map(({ event }) => event)
