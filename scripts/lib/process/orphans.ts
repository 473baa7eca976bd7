/** Processes that outlived a run, known by the mark in their environment, not by name. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Variable that marks every descendant of a run. */
export const runMarkVariable = 'NIGHTSHIFT_RUN'

/** Kills every process but this one that carries the mark, until none is left. @returns how many there were */
export async function killOrphans(mark: string): Promise<number> {
  const seen = new Set<number>()
  // A process may fork while it is looked for; a few rounds find its children.
  for (let round = 0; round < 20; round++) {
    const found = (await marked(`${runMarkVariable}=${mark}`)).filter(pid => pid !== process.pid)
    if (found.length === 0) break
    for (const pid of found) {
      seen.add(pid)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself in the meantime.
      }
    }
    await wait(20)
  }
  return seen.size
}

async function marked(entry: string): Promise<number[]> {
  return platform() === 'linux' ? markedByProc(entry) : markedByPs(entry)
}

async function markedByProc(entry: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      // Another user's process, or one that just ended, has nothing of ours to read.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
      return environment.split('\0').includes(entry) && !(await isZombie(pid)) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

const isZombie = async (pid: string): Promise<boolean> =>
  /\) Z /.test(await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''))

// macOS: `ps -E` prints the environment behind the command.
async function markedByPs(entry: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axEww', '-o', 'pid=,command='], { maxBuffer: 2 ** 26 })
  return stdout.split('\n').flatMap(line => (line.split(' ').includes(entry) ? [Number.parseInt(line, 10)] : []))
}
