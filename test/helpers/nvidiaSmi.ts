/** A stand-in for nvidia-smi: a program that answers its two queries from files, which a test may change at any time. */
import { chmod, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { write } from './throwaway.ts'

export const uuid = 'GPU-5d5d5d5d-1111-2222-3333-444444444444'

/** A GPU's line as nvidia-smi prints it without units; an H100 at rest but for what is given. */
export function gpuLine(
  over: Partial<Record<'index' | 'uuid' | 'name' | 'used' | 'busy' | 'clock' | 'limits', string>>,
) {
  const { index = '0', name = 'NVIDIA H100 80GB HBM3', used = '4', busy = '0', clock = '345', limits = '1' } = over
  const reasons = `0x${limits.padStart(16, '0')}`
  return [index, over.uuid ?? uuid, name, '81559', used, busy, clock, '1980', 'Disabled', reasons].join(', ')
}

/** How it behaves: `answer`; `hang` with a child of its own, and as a program that ignores SIGTERM; `fail` as without a driver. */
export type Mode = 'answer' | 'hang' | 'fail'

/**
 * Puts it into a folder for PATH.
 * @returns changes its answers: a function so that the state of the card may change during a session
 */
export async function fakeNvidiaSmi(folder: string, first: Answers = {}): Promise<(next: Answers) => Promise<void>> {
  const change = async ({ gpus, processes, mode }: Answers): Promise<void> => {
    const files = { gpus, processes, mode: mode && [mode] }
    for (const [name, lines] of Object.entries(files)) {
      if (lines === undefined) continue
      await write(folder, { [`${name}.new`]: lines.map(line => `${line}\n`).join('') })
      // At once, so that nobody reads half of it.
      await rename(join(folder, `${name}.new`), join(folder, name))
    }
  }
  await write(folder, { 'nvidia-smi': script })
  await chmod(join(folder, 'nvidia-smi'), 0o755)
  await change({ gpus: [gpuLine({})], processes: [], mode: 'answer', ...first })
  return change
}

export interface Answers {
  gpus?: string[]
  /** Lines of gpu_uuid, pid and used_memory. */
  processes?: string[]
  mode?: Mode
}

/** Waits until it has answered that many further readings wholly. */
export async function answered(folder: string, readings: number): Promise<void> {
  const count = async () => (await readFile(join(folder, 'asked'), 'utf8').catch(() => '')).split('\n').length
  // A reading asks twice, and the one after it begins when it has ended.
  for (const until = (await count()) + 2 * (readings + 1); (await count()) < until; ) await wait(20)
}

// The name and driver are asked once, at the start, by another query, which always answers.
const script = `#!/bin/sh
here=$(dirname "$0")
case "$1" in
  --query-gpu=name,driver_version) echo 'NVIDIA H100 80GB HBM3, 580.95.05'; exit ;;
esac
case "$(cat "$here/mode")" in
  hang) trap '' TERM; sleep 47; exit ;;
  fail) echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."; exit 9 ;;
esac
echo "$1" >> "$here/asked"
case "$1" in
  --query-gpu=*) cat "$here/gpus" ;;
  --query-compute-apps=*) cat "$here/processes" ;;
esac
`
