/** Decides whether a crash returns to its agent for a fix. */
import { readFound } from '../../lib/files/regularFile.ts'
import { files } from '../../record/files/paths.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Run } from '../../record/schema.ts'
import type { ReworkRequest } from './agentPool.ts'
import type { PromptContext } from './context.ts'
import { isFixableError, traceback } from './fixableError.ts'

/** @returns the request to fix a crashed run; null: the crash is final */
export async function fixRequest(
  context: Pick<PromptContext, 'folder' | 'contract'>,
  candidate: Candidate,
  run: Run,
): Promise<ReworkRequest | null> {
  // Contracts of older sessions lack the key.
  const fixesLeft = (context.contract.fixes ?? 0) - candidate.fixes
  if (run.outcome !== 'crash' || fixesLeft <= 0 || !canFixErrors(candidate.agent.use)) return null
  const why = run.why ?? ''
  const log = await readTail(context.folder, files.log(context.folder, candidate.number, run.k))
  return isFixableError(why, log) ? { kind: 'crash', candidate, why, traceback: traceback(log), fixesLeft } : null
}

/** Whether an agent reads feedback. */
const canFixErrors = (use: string | null): boolean => use !== null && use !== 'tuner' && use !== 'hand'

/** The end of a log, which may be large; "" when it cannot be read. */
async function readTail(root: string, path: string, bytes = 64_000): Promise<string> {
  const found = await readFound(path, { tail: bytes, root })
  return found.kind === 'file' ? found.bytes.toString('utf8') : ''
}
