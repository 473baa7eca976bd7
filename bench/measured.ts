/** Runs a program to its end and measures time and memory. */
import { execa } from 'execa'

export interface Measurement {
  stdout: string
  seconds: number
  /** CPU seconds of the program and its children; less sensitive to other load than wall time. */
  cpuSeconds: number
  /** Peak resident memory in MB of the program and its children, sampled every 250 ms. */
  peakMb: number
}

/** Runs a command and measures it. @param env further variables @throws if it fails */
export async function measureProgram(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Measurement> {
  const start = performance.now()
  // The shell's `times` includes ended child processes.
  const shell = execa('sh', ['-c', '"$@" && times', 'sh', command, ...args], { env })
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

/** "1m2.500s 0m3.100s" → 65.6 seconds. */
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
  // Children usually have larger pids, but pids wrap around: repeat until no process is added.
  for (let before = -1; before !== processes.size; ) {
    before = processes.size
    for (const [pid = 0, parent = 0] of rows) if (processes.has(parent)) processes.add(pid)
  }
  for (const [pid = 0, , kilobytes = 0] of rows) if (processes.has(pid)) sum += kilobytes
  return sum / 1024
}
