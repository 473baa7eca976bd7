/** Whether a process is one of a run's, by the mark in its environment or that of a process it descends from. Linux. */
import { readFileSync, readlinkSync } from 'node:fs'
import { runMarkVariable } from './orphans.ts'

/** Inode of the initial PID namespace (PROC_PID_INIT_INO of the kernel). */
const initialNamespace = 'pid:[4026531836]'

/** Whether this process has the PIDs that a driver of the kernel gives; false in most containers, in WSL and where there is no /proc. */
export function hasKernelPids(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === initialNamespace
  } catch {
    return false
  }
}

/** A process or one that it descends from has one of the marks. One that has ended has none. */
export function isMarked(pid: number, marks: ReadonlySet<string>): boolean {
  for (let [at, left] = [pid, 100]; at > 1 && left > 0; left--) {
    const own = read(`/proc/${at}/environ`).split('\0')
    if (own.some(entry => entry.startsWith(prefix) && marks.has(entry.slice(prefix.length)))) return true
    at = parentOf(at)
  }
  return false
}

const prefix = `${runMarkVariable}=`

/** 0 where it has ended. "pid (name) state parent …"; the name may contain any character. */
function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

/** "" where it cannot be read: another user's environment, or a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** Whether there is a process of this number, of whatever user; a zombie does not count. */
export function isThere(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  return stat !== '' && !/^[ZX]$/.test(stat.charAt(stat.lastIndexOf(')') + 2))
}
