/** A program run to its end: how long it took, on the clock and of the processors, and how much memory at once. */
import { execa } from 'execa'

export interface Measurement {
  stdout: string
  seconds: number
  /** Processor time of the program and all that it started: what a busy machine stretches less. */
  cpuSeconds: number
  /** Most resident memory of the program and all that it started at one time, looked at every quarter of a second. */
  peakMb: number
}

/** @throws when the program fails */
export async function measureProgram(command: string, args: string[]): Promise<Measurement> {
  const start = performance.now()
  // The shell's `times` counts the processes that have ended.
  const shell = execa('sh', ['-c', '"$@" && times', 'sh', command, ...args])
  let peakMb = 0
  const sampling = setInterval(async () => {
    if (shell.pid !== undefined) peakMb = Math.max(peakMb, await residentMb(shell.pid))
  }, 250)
  try {
    const lines = (await shell).stdout.trimEnd().split('\n')
    const seconds = (performance.now() - start) / 1000
    return { stdout: lines.slice(0, -2).join('\n'), seconds, cpuSeconds: times(lines.at(-1) ?? ''), peakMb }
  } finally {
    clearInterval(sampling)
  }
}

/** "1m2.500s 0m3.100s" of the children → 65.6. */
const times = (line: string): number =>
  [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest),
    0,
  )

async function residentMb(root: number): Promise<number> {
  const { stdout } = await execa('ps', ['-axo', 'pid=,ppid=,rss='])
  const rows = stdout.split('\n').map(line => line.trim().split(/\s+/).map(Number))
  const processes = new Set([root])
  let sum = 0
  // A child's number is mostly the larger, but numbers begin again: until nothing is found.
  for (let before = -1; before !== processes.size; ) {
    before = processes.size
    for (const [pid = 0, parent = 0] of rows) if (processes.has(parent)) processes.add(pid)
  }
  for (const [pid = 0, , kilobytes = 0] of rows) if (processes.has(pid)) sum += kilobytes
  return sum / 1024
}
