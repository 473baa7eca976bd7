/** What is particular to a target that is Nightshift's own trainer: the names of its data, and the set-up of its Python. */
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { notebook } from '../../lib/paths.ts'
import { ensureTrainer, parquetRequirements } from '../../lib/trainer.ts'
import type { Contract } from '../../program/contract.ts'
import { folderIn } from '../../program/data.ts'
import { dataVariable } from '../train/environment.ts'
import type { SessionContext } from './context.ts'

/** @param contract with paths from the root of the repository */
export const isOwnTrainer = (
  { root }: Pick<SessionContext['repository'], 'root'>,
  { target, edit }: Pick<Contract, 'target' | 'edit'>,
): boolean => root === notebook && (target === 'trainer' || edit.some(path => path.startsWith('trainer/')))

/** Sets up the trainer's Python with what the session's data needs. Does nothing for any other target. */
export async function ensureOwnTrainer({
  repository,
  contract,
  terminal,
}: Pick<SessionContext, 'repository' | 'contract' | 'terminal'>): Promise<void> {
  // Elsewhere runs have the Python that is there.
  if (contract.engine.use !== 'local' || !isOwnTrainer(repository, contract)) return
  const data = contract.data === undefined ? process.env[dataVariable] : contract.data
  await ensureTrainer(terminal, await trainerRequirements(data ?? null))
}

/** As trainer/corpus.py has them, CLIMBMIX_LAST - 1. */
const MAX_SHARDS = 6541

/** What is wrong with a name of data, as trainer/corpus.py would say it in the first run; null: nothing. */
export function whyNotTrainerData(data: string): string | null {
  const shards = /^climbmix(?::(\d*))?$/.exec(data)
  if (shards) {
    const count = shards[1] ? Number(shards[1]) : null
    return count === null || (count >= 1 && count <= MAX_SHARDS)
      ? null
      : `climbmix has 1 to ${MAX_SHARDS} training shards.`
  }
  if (data === 'stdlib' || data === 'tinystories' || folderIn(data)) return null
  return 'It must be stdlib, climbmix, climbmix:SHARDS, tinystories or folder:PATH.'
}

/** Files in trainer/ with what the data needs. @param data as runs get it; null: what the trainer takes by itself */
export async function trainerRequirements(data: string | null): Promise<string[]> {
  const folder = data === null ? null : folderIn(data)
  const needsParquet = folder === null ? /^(climbmix|tinystories)/.test(data ?? '') : await holdsParquet(folder)
  return ['requirements.txt', ...(needsParquet ? [parquetRequirements] : [])]
}

/** Whether the trainer would read a parquet file there, by the rules of its `walk`. What cannot be read, it says itself. */
async function holdsParquet(folder: string): Promise<boolean> {
  const entries = await opendir(folder).catch(() => null)
  if (entries === null) return false
  for await (const entry of entries) {
    const { name } = entry
    if (name.startsWith('.')) continue
    if (entry.isFile() && name.endsWith('.parquet')) return true
    const isSkipped = name === '__pycache__' || name === 'node_modules'
    if (entry.isDirectory() && !isSkipped && (await holdsParquet(join(folder, name)))) return true
  }
  return false
}
