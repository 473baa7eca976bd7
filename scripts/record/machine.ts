/** Describes this machine. Its label is GPU and four random letters, kept in a file that its owner may edit. */
import { randomBytes } from 'node:crypto'
import os from 'node:os'
import { join } from 'node:path'
import { writeAtomic } from '../lib/files/disk.ts'
import { readTextIfThere } from '../lib/files/read.ts'
import { workRoot } from '../lib/paths.ts'
import { readCards } from '../lib/torch/nvidia.ts'
import type { OwnMachine } from './schema.ts'

/**
 * Facts about this machine. `python` and `torch` are null until the first run reports them.
 * @param keep whether to store a newly made label
 */
export async function readMachine(keep = true): Promise<OwnMachine> {
  const { gpus, gpu, driver } = await readGpus()
  const cpus = os.cpus()
  return {
    label: await readLabel(gpu, keep),
    gpu,
    gpus,
    driver,
    cpu: cpus[0]?.model.trim() ?? os.arch(),
    cores: os.availableParallelism(),
    memoryMb: Math.round(os.totalmem() / 2 ** 20),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    python: null,
    torch: null,
  }
}

async function readGpus(): Promise<{ gpu: string | null; gpus: number; driver: string | null }> {
  const cards = await readCards()
  if (cards[0]) return { gpu: cards[0].name, gpus: cards.length, driver: cards[0].driver }
  const apple = os.platform() === 'darwin' && os.arch() === 'arm64'
  return apple ? { gpu: os.cpus()[0]?.model ?? 'Apple', gpus: 1, driver: null } : { gpu: null, gpus: 0, driver: null }
}

function readLabel(gpu: string | null, keep: boolean): Promise<string> {
  return labelIn(join(workRoot, 'machine'), gpu, keep)
}

/**
 * A machine's label in a file: GPU and four random letters.
 * @param gpu null: none
 * @param keep whether to store a newly made one
 */
export async function labelIn(path: string, gpu: string | null, keep: boolean): Promise<string> {
  const stored = (await readTextIfThere(path)) ?? ''
  if (/^[a-z0-9][a-z0-9-]{0,38}$/.test(stored.trim())) return stored.trim()
  const letters = [...randomBytes(4)].map(byte => String.fromCharCode(97 + (byte % 26))).join('')
  const label = `${gpuWords(gpu)}-${letters}`
  if (keep) await writeAtomic(path, `${label}\n`)
  return label
}

/** "h200", "rtx-4090"; "cpu" without a GPU. */
export const gpuWords = (gpu: string | null): string =>
  (gpu ?? 'cpu')
    .toLowerCase()
    .replace(/nvidia|geforce|apple/g, '')
    .match(/[a-z0-9]+/g)
    ?.slice(0, 2)
    .join('-') ?? 'gpu'
