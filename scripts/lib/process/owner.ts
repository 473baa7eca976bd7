/**
 * Processes identified by pid and start time, because a pid alone may have been reused. Imports only node's modules: the
 * runner's start-up time counts.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { promisify } from 'node:util'

export interface Owner {
  pid: number
  /** Start time as an opaque string, to compare only. */
  start: string
}

/** A process of this machine. */
export const ownerOf = async (pid: number): Promise<Owner> => ({ pid, start: (await startOf(pid)) ?? '' })

/** This process. */
export const thisProcess = (): Promise<Owner> => ownerOf(process.pid)

/** Whether this process still runs; a zombie does not. */
export async function isAlive({ pid, start }: Owner): Promise<boolean> {
  return start !== '' && (await startOf(pid)) === start
}

/** Start time of a process as an opaque string; null when it does not exist or is a zombie. */
async function startOf(pid: number): Promise<string | null> {
  if (platform() === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
    if (stat === null) return null
    // "pid (name) state …"; the name may contain any character. Field 22 is the start in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')
    return fields[0] === 'Z' ? null : `${boot.trim()} ${fields[19]}`
  }
  // ps fails when the process does not exist.
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  const text = stdout.trim()
  return text === '' || text.startsWith('Z') ? null : text.replace(/^\S+\s+/, '')
}
