/** Rejects edits that contain a secret, which would end up in the commit, the patch and the report. */
import { join } from 'node:path'
import { readRegularFile } from '../lib/read.ts'
import { secretValues } from '../lib/secrets/redact.ts'
import { AgentDown, type Task } from './agent.ts'

/** Short values and plain words may occur in a file by chance. */
const isLikelySecret = (value: string): boolean => value.length >= 16 && /\d/.test(value) && /[a-z]/i.test(value)

/** @throws {AgentDown} an editable file contains the value of an environment variable that is a secret */
export async function rejectSecrets(use: string, { worktree, edit }: Pick<Task, 'worktree' | 'edit'>): Promise<void> {
  const keys = secretValues(process.env).filter(({ value }) => isLikelySecret(value))
  for (const file of edit) {
    // A removed file, or a folder, link or pipe in its place: the guard refuses all of them.
    const text = (await readRegularFile(join(worktree, file))) ?? ''
    const found = keys.find(({ value }) => text.includes(value))
    if (found)
      throw new AgentDown(
        'unknown',
        null,
        `${use} wrote the value of ${found.name} into ${file}; the edit was rejected.`,
        'Check that the prose of program.md does not ask for it.',
      )
  }
}
