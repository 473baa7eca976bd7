/** An adopted branch of a test's session, as `pnpm adopt` leaves it: a branch of the user's commits and its record. */
import { execa } from 'execa'
import { type Adoption, recordAdoption } from '../../../scripts/record/files/adopted.ts'
import { git } from '../../helpers/throwaway.ts'
import type { Made } from './sessions.ts'

/** @param given experiments to adopt, their messages, and what the record says otherwise */
export async function adopt(
  { root, folder, commits }: Made,
  given: Partial<Adoption> & { messages?: string[] } = {},
): Promise<Adoption> {
  const { messages = ['Set RATE to 2', 'Set WIDTH to 2'], ...over } = given
  const base = commits[0] ?? ''
  const made: string[] = [base]
  for (const [i, message] of messages.entries()) {
    const tree = await git(root, 'rev-parse', `${commits[i + 1]}^{tree}`)
    made.push((await execa('git', ['commit-tree', tree, '-p', made.at(-1) ?? '', '-m', message], { cwd: root })).stdout)
  }
  const tip = made.at(-1) ?? ''
  const adoption: Adoption = {
    branch: 'adopt/try',
    base,
    tip,
    before: null,
    chosen: 'confirmed',
    changes: messages.map((_, i) => ({ experiment: i + 1, commit: made[i + 1] ?? '' })),
    leftOut: [],
    squash: false,
    isConfirmedCode: true,
    plan: 'a'.repeat(64),
    promised: { by: 'confirmed', gain: 0.2, interval: [0.19, 0.21] },
    measured: {
      gain: 0.19,
      interval: [0.15, 0.23],
      baseline: 2.4,
      tip: 2.21,
      seeds: 4,
      looks: [2, 4],
      verdict: 'better',
    },
    notMeasured: null,
    shortfall: { isBeyondChance: false, suspects: [] },
    at: '2026-11-28T05:00:00.000Z',
    ...over,
  }
  await git(root, 'branch', '-f', adoption.branch, tip)
  await recordAdoption(folder, adoption)
  return adoption
}
