/** Processes of ours, known by pid and start time: a pid alone may belong to somebody else by now. */
import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { execa } from 'execa'
import { z } from 'zod'

export const ownerSchema = z.object({ pid: z.number().int().positive(), start: z.string() })
export type Owner = z.infer<typeof ownerSchema>

/** This process. */
export const self = async (): Promise<Owner> => ({ pid: process.pid, start: (await startOf(process.pid)) ?? '' })

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
  const { stdout, failed } = await execa('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { reject: false })
  return failed || stdout.trim().startsWith('Z') ? null : stdout.trim().replace(/^\S+\s+/, '')
}
