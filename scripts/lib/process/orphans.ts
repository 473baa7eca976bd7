/** Processes that outlived a run, found by a mark in their environment. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Environment variable that marks every descendant of a run. */
export const runMarkVariable = 'NIGHTSHIFT_RUN'

/** Kills every other process with the mark, until none is left. @returns their number */
export async function killOrphans(mark: string): Promise<number> {
  const seen = new Set<number>()
  // Processes may fork during the search, so it is repeated.
  for (let round = 0; round < 20; round++) {
    const found = (await marked(`${runMarkVariable}=${mark}`)).filter(pid => pid !== process.pid)
    if (found.length === 0) break
    for (const pid of found) {
      seen.add(pid)
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

async function marked(entry: string): Promise<number[]> {
  return platform() === 'linux' ? markedByProc(entry) : markedByPs(entry)
}

async function markedByProc(entry: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      // The environment of another user's process, or of one that has just exited, cannot be read.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
      return environment.split('\0').includes(entry) && !(await isZombie(pid)) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

const isZombie = async (pid: string): Promise<boolean> =>
  /\) Z /.test(await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''))

// macOS: `ps -E` prints the environment after the command.
async function markedByPs(entry: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axEww', '-o', 'pid=,command='], { maxBuffer: 2 ** 26 })
  return stdout.split('\n').flatMap(line => (line.split(' ').includes(entry) ? [Number.parseInt(line, 10)] : []))
}
