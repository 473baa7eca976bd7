/**
 * Processes of ours, known by pid and start time: a pid alone may belong to somebody else by now. Only node's own
 * modules are imported: the runner starts with this.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { promisify } from 'node:util'

export interface Owner {
  pid: number
  /** When it began, in a form that is only good for comparing. */
  start: string
}

/** This process. */
export const thisProcess = async (): Promise<Owner> => ({ pid: process.pid, start: (await startOf(process.pid)) ?? '' })

/** Whether that very process still runs; a zombie, which only waits to be noticed, does not. */
export async function isAlive({ pid, start }: Owner): Promise<boolean> {
  return start !== '' && (await startOf(pid)) === start
}

/** When a process began, in a form that is only good for comparing; null when there is none. */
async function startOf(pid: number): Promise<string | null> {
  if (platform() === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
    if (stat === null) return null
    // "pid (name) state …", the name may hold anything; field 22 is the start in ticks since this boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')
    return fields[0] === 'Z' ? null : `${boot.trim()} ${fields[19]}`
  }
  // ps fails when there is no such process.
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  const text = stdout.trim()
  return text === '' || text.startsWith('Z') ? null : text.replace(/^\S+\s+/, '')
}
