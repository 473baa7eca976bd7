/** A key that an agent wrote into a file would be in its commit, its patch and its report: such an edit is none. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secretValues } from '../lib/secrets.ts'
import { AgentDown, type Task } from './agent.ts'

/** Shorter values, or plain words, may stand in a file by chance. */
const isLikelySecret = (value: string): boolean => value.length >= 16 && /\d/.test(value) && /[a-z]/i.test(value)

/** @throws {AgentDown} an editable file holds the value of a variable that is a key */
export async function rejectSecrets(use: string, { worktree, edit }: Pick<Task, 'worktree' | 'edit'>): Promise<void> {
  const keys = secretValues(process.env).filter(({ value }) => isLikelySecret(value))
  for (const file of edit) {
    // What cannot be read git cannot take either: a file that is gone, or that the agent put a folder in the place of.
    const text = await readFile(join(worktree, file), 'utf8').catch(() => '')
    const found = keys.find(({ value }) => text.includes(value))
    if (found)
      throw new AgentDown(
        'unknown',
        null,
        `${use} wrote the value of ${found.name} into ${file}; the edit was not taken.`,
        'Look at what the prose of program.md asks for.',
      )
  }
}
