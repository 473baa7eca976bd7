/** Which crash goes back to its agent, and what it is told of it. */
import { open } from 'node:fs/promises'
import { files } from '../../record/files.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Run } from '../../record/schema.ts'
import type { ReworkRequest } from './agentPool.ts'
import type { PromptContext } from './context.ts'
import { isFixableError, traceback } from './fixableError.ts'

/** A crash that its agent may fix, as it is told to it; null when it is a crash for good. */
export async function fixRequest(
  context: Pick<PromptContext, 'folder' | 'contract'>,
  candidate: Candidate,
  run: Run,
): Promise<ReworkRequest | null> {
  // A session of an older version has no such key.
  const left = (context.contract.fixes ?? 0) - candidate.fixes
  if (run.outcome !== 'crash' || left <= 0 || !canFixErrors(candidate.agent.use)) return null
  const why = run.why ?? ''
  const log = await readTail(files.log(context.folder, candidate.number, run.k))
  return isFixableError(why, log) ? { kind: 'crash', candidate, why, traceback: traceback(log), left } : null
}

/** Agents that read a traceback. */
const canFixErrors = (use: string | null): boolean => use !== null && use !== 'tuner' && use !== 'hand'

/** The end of a log, which may be large; "" when there is none that reads. */
async function readTail(path: string, bytes = 64_000): Promise<string> {
  // The run may have put anything in its log's place.
  const handle = await open(path).catch(() => null)
  if (handle === null) return ''
  try {
    const { size } = await handle.stat()
    const buffer = Buffer.alloc(Math.min(size, bytes))
    await handle.read(buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8')
  } finally {
    await handle.close()
  }
}
