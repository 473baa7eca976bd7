/** Processes that outlived a run, found by a mark in their environment and as descendants of a process. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Environment variable that marks every descendant of a run. */
export const runMarkVariable = 'NIGHTSHIFT_RUN'

export interface Search {
  /** All descendants of this process are found too, whatever their environment. */
  ancestor?: number | undefined
  /** Neither this one of its descendants nor what is below it is found, unless it is marked. */
  spared?: number | undefined
}

/**
 * Kills every other process with the mark, or one of them, and all that descends from one, until none is left.
 * @param uncounted processes with this mark are killed, and not counted
 * @returns their number, without the first processes of PID namespaces: those of a sandbox wait for the others
 */
export async function killOrphans(mark: string | string[], search: Search = {}, uncounted?: string): Promise<number> {
  const seen = new Set<number>()
  // Processes may fork during the search, so it is repeated.
  for (let round = 0; round < 20; round++) {
    const found = await findOrphans(mark, search)
    if (found.length === 0) break
    // Before any is killed: with the first process of a PID namespace all others of it end.
    for (const pid of found) if (!isFirstOfNamespace(pid) && !isMarkedBy(pid, uncounted)) seen.add(pid)
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // ESRCH: it has already exited.
      }
    }
    await wait(20)
  }
  return seen.size
}

interface Process {
  pid: number
  parent: number
  isMarked: boolean
}

/** Pids of what `killOrphans` kills; zombies are none of them. */
export async function findOrphans(mark: string | string[], { ancestor, spared }: Search = {}): Promise<number[]> {
  const entries = new Set([mark].flat().map(each => `${runMarkVariable}=${each}`))
  const listed = platform() === 'linux' ? listByProc(entries) : await listByPs(entries)
  const marked = listed.flatMap(({ pid, isMarked }) => (isMarked && pid !== process.pid ? [pid] : []))
  const descendants = descendantsOf(ancestor === undefined ? marked : [ancestor, ...marked], listed, spared)
  return listed.flatMap(({ pid, isMarked }) => (pid !== process.pid && (isMarked || descendants.has(pid)) ? [pid] : []))
}

function descendantsOf(ancestors: number[], listed: Process[], spared?: number): Set<number> {
  const found = new Set<number>()
  for (let before = -1; found.size > before; ) {
    before = found.size
    for (const { pid, parent } of listed)
      if (pid !== spared && (ancestors.includes(parent) || found.has(parent))) found.add(pid)
  }
  return found
}

/** Processes of /proc without zombies. Files of /proc are in memory: reading them at once is faster than by a thread pool. */
function listByProc(entries: Set<string>): Process[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.flatMap(pid => {
    // "pid (name) state parent …"; the name may contain any character.
    const stat = readProc(`/proc/${pid}/stat`)
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === '' || state === 'Z') return []
    return [{ pid: Number(pid), parent: Number(parent), isMarked: hasEntry(pid, entries) }]
  })
}

const hasEntry = (pid: number | string, entries: Set<string>): boolean =>
  readProc(`/proc/${pid}/environ`)
    .split('\0')
    .some(entry => entries.has(entry))

const isMarkedBy = (pid: number, mark: string | undefined): boolean =>
  mark !== undefined && hasEntry(pid, new Set([`${runMarkVariable}=${mark}`]))

/** "NSpid:" has the process's number in each PID namespace from the outermost to its own. */
function isFirstOfNamespace(pid: number): boolean {
  const [, numbers = ''] = /^NSpid:\s*(.*)$/m.exec(readProc(`/proc/${pid}/status`)) ?? []
  return /\s1$/.test(numbers)
}

/** "" where it cannot be read: the environment of another user's process, or a process that has just exited. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

// macOS: `ps -E` prints the environment after the command.
async function listByPs(entries: Set<string>): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axEww', '-o', 'pid=,ppid=,command='], { maxBuffer: 2 ** 26 })
  return stdout.split('\n').flatMap(line => {
    const [, pid, parent] = /^\s*(\d+)\s+(\d+)\s/.exec(line) ?? []
    return pid === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), isMarked: line.split(' ').some(word => entries.has(word)) }]
  })
}
