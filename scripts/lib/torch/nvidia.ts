/** NVIDIA cards, as nvidia-smi and CUDA_VISIBLE_DEVICES give them. */
import os from 'node:os'
import { answerOf } from '../process/answer.ts'
import { sanitizeText } from '../text.ts'

export interface NvidiaCard {
  /** E.g. "NVIDIA H200". */
  name: string
  /** E.g. "580.159.04"; null when nvidia-smi does not give it. */
  driver: string | null
}

/** What decides which build of torch a machine needs. */
export interface Machine {
  cards: readonly NvidiaCard[]
  /** Compute capabilities of the cards, in any order, e.g. "9.0"; empty when unknown. */
  capabilities: readonly string[]
  /** As os.platform() and os.arch() have them. */
  platform: string
  arch: string
}

/** All cards of this machine, hidden ones included; empty when nvidia-smi is missing or finds none. */
export async function readCards(): Promise<NvidiaCard[]> {
  // e.g. "NVIDIA H200, 580.159.04"
  const lines = await query('name,driver_version')
  return lines
    .map(line => line.split(',').map(text => sanitizeText(text, 80)))
    .flatMap(([name, driver]) => (name && driver !== undefined ? [{ name, driver: driver || null }] : []))
}

/** The cards that CUDA_VISIBLE_DEVICES does not hide: all or none, as nvidia-smi numbers them otherwise than CUDA. */
export async function readVisibleCards(): Promise<NvidiaCard[]> {
  return listedGpus(process.env.CUDA_VISIBLE_DEVICES)?.length === 0 ? [] : readCards()
}

/** This machine with these cards. */
export async function machineOf(cards: readonly NvidiaCard[]): Promise<Machine> {
  // nvidia-smi of drivers before about 510 does not know the field and prints only an error.
  const lines = cards.length === 0 ? [] : await query('compute_cap')
  const capabilities = lines.map(line => line.trim()).filter(line => /^\d+\.\d+$/.test(line))
  return { cards, capabilities, platform: os.platform(), arch: os.arch() }
}

/** Milliseconds; usually 20 to 100, and a few seconds where it has to load the driver. */
const TIMEOUT_MS = 10_000

async function query(fields: string): Promise<string[]> {
  const output = await answerOf('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader'], TIMEOUT_MS)
  return output?.split('\n') ?? []
}

/**
 * GPUs that CUDA_VISIBLE_DEVICES lists; null when it is not set. Like CUDA, it ends at what names none: -1, nothing, or
 * "NoDevFiles", which Slurm sets for a job without GPUs. An empty list hides all of them. Pure.
 */
export function listedGpus(visible: string | undefined): string[] | null {
  if (visible === undefined) return null
  const ids = visible.split(',').map(id => id.trim())
  const end = ids.findIndex(id => !/^(\d+|(GPU|MIG)-.+)$/.test(id))
  return end < 0 ? ids : ids.slice(0, end)
}
