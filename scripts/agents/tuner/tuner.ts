/**
 * The built-in agent, which needs no key and no network: Bayesian optimisation of the top-level constants of the
 * editable files. It moves one constant or a combination of up to three. Its only state is the ledger, so it continues
 * from experiments of any agent.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Constant, constantsIn, movesIn, withConstant } from '../../analysis/source/constants.ts'
import { readText } from '../../lib/files/read.ts'
import type { Agent, Proposal, Task } from '../agent.ts'
import { knobsIn } from './knobs.ts'
import { rankMoves } from './rankMoves.ts'

/** A change of one constant of one file. */
interface Change {
  file: string
  from: Constant
  /** New value, as source text. */
  raw: string
}

export const tuner: Agent = {
  use: 'tuner',
  check: async () => ({ use: 'tuner', version: null, notes: [], problem: null }),
  async propose(task) {
    const texts = new Map<string, string>()
    for (const file of task.edit) texts.set(file, await readText(join(task.worktree, file)))
    if (task.conflictPatch !== null) return repeatChange(task, task.conflictPatch, texts)
    for (const { steps, why } of rankMoves(knobsIn(texts, task.baselineLog), task.history, task.sigma)) {
      const changes = steps.map(({ knob, raw }) => ({ file: knob.file, from: knob.now, raw }))
      await apply(task, texts, changes)
      if (!(await task.isDuplicate())) return describe(task, changes, why)
      await apply(task, texts, [])
    }
    return null
  },
}

/** Sets the constants of a conflicting patch to the same values in the present files. */
async function repeatChange(task: Task, patch: string, texts: Map<string, string>): Promise<Proposal | null> {
  const changes = movesIn(patch).flatMap(({ file, name, to }) => {
    const from = constantsIn(texts.get(file) ?? '').find(constant => constant.name === name)
    return from ? [{ file, from, raw: to.raw }] : []
  })
  await apply(task, texts, changes)
  if (changes.length === 0 || (await task.isDuplicate())) return null
  return describe(task, changes, 'the same values as before, on the new head')
}

/** Writes the original files with these changes. */
async function apply(task: Task, texts: Map<string, string>, changes: Change[]): Promise<void> {
  for (const [file, text] of texts) {
    const own = changes.filter(change => change.file === file)
    const changed = own.reduce((edited, { from, raw }) => withConstant(edited, from.name, raw), text)
    await writeFile(join(task.worktree, file), changed)
  }
}

function describe({ goal }: Task, changes: Change[], why: string): Proposal {
  const values = changes.map(({ from, raw }) => `${from.name} at ${raw} instead of ${from.raw}`)
  return {
    description: changes.map(({ from, raw }) => `${from.name} ${from.raw} → ${raw}`).join(', '),
    hypothesis: `${values.join(' and ')} gives a ${goal === 'minimize' ? 'lower' : 'higher'} value: ${why}.`,
    model: null,
    tokens: null,
    costUsd: null,
  }
}
