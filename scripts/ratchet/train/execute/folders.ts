/** The local folders of a run: its record, and what its runner and its evaluator leave. */
import { mkdir } from 'node:fs/promises'
import type { z } from 'zod'
import { readSigned } from '../../../engines/local/signature.ts'
import { readRegularFile } from '../../../lib/files/read.ts'
import { freePath } from '../../../lib/files/remove.ts'
import { restoreExperimentFolder } from '../../../record/files/restore.ts'
import { maxBytes } from '../../../record/limits.ts'
import type { RunStarted } from '../../../record/state.ts'
import type { TrainContext } from '../context.ts'
import { runPaths } from '../runVariables.ts'

/** Makes the folders of a run. An earlier run may have left something there, e.g. a pipe as the log, which a runner would wait for. */
export async function prepareFolders(context: TrainContext, started: RunStarted): Promise<void> {
  const paths = runPaths(context, started)
  await restoreExperimentFolder(context.folder, started.experiment)
  await Promise.all([paths.run, paths.work, paths.output].map(freePath))
  const output = context.contract.evaluate?.after == null ? [] : [paths.output]
  await Promise.all([paths.run, paths.given, ...output].map(folder => mkdir(folder, { recursive: true })))
}

/** Reads what a runner wrote; null where it wrote nothing, or the file is not its own. */
export async function readFromRunner<T>(path: string, schema: z.ZodType<T>, key: string): Promise<T | null> {
  const content = await readRegularFile(path, maxBytes.exit)
  return content === null ? null : (schema.safeParse(readSigned(content, key)).data ?? null)
}
