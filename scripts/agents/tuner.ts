/**
 * The built-in agent, without key or network: a pattern search over the top-level constants of the editable files.
 * One constant at a time, by steps that suit it; what helped is followed, what hurt is tried the other way, then by
 * half the step; the ledger is its memory, so it goes on sensibly after any other agent's experiments.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Constant, constantsIn, type Move, movesIn, withConstant } from '../record/constants.ts'
import type { Agent, Past, Proposal, Task } from './agent.ts'
import { type Direction, step } from './steps.ts'

interface Idea {
  file: string
  constant: Constant
  raw: string
  /** Smaller is tried first. */
  rank: number
  why: string
}

export const tuner: Agent = {
  use: 'tuner',
  check: async () => ({ use: 'tuner', version: null, notes: [], problem: null }),
  async propose(task) {
    const texts = new Map<string, string>()
    for (const file of task.edit) texts.set(file, await readFile(join(task.worktree, file), 'utf8'))
    if (task.redo !== null) return makeAgain(task, task.redo, texts)
    const moves = task.history.flatMap(remember)
    const ideas = [...texts].flatMap(([file, text]) => ideasFor(file, constantsIn(text), moves))
    for (const { file, constant, raw, why } of ideas.sort((a, b) => a.rank - b.rank)) {
      const path = join(task.worktree, file)
      const text = texts.get(file) ?? ''
      await writeFile(path, withConstant(text, constant.name, raw))
      if (!(await task.isTried())) return describe(task, constant, raw, why)
      await writeFile(path, text)
    }
    return null
  },
}

/** The same constants to the same values, in the files as they are now. */
async function makeAgain(task: Task, patch: string, texts: Map<string, string>): Promise<Proposal | null> {
  const moves = movesIn(patch).filter(move => texts.has(move.file))
  const first = moves[0]
  const from = first && constantsIn(texts.get(first.file) ?? '').find(({ name }) => name === first.name)
  for (const { file, name, to } of moves) texts.set(file, withConstant(texts.get(file) ?? '', name, to.raw))
  for (const [file, text] of texts) await writeFile(join(task.worktree, file), text)
  if (!from || (await task.isTried())) return null
  return describe(task, from, first.to.raw, 'it was good on the best it was made against')
}

const describe = ({ goal }: Task, { name, raw: from }: Constant, raw: string, why: string) => ({
  description: `${name} ${from} → ${raw}`,
  hypothesis: `${name} at ${raw} instead of ${from} gives a ${goal === 'minimize' ? 'lower' : 'higher'} value: ${why}.`,
  model: null,
  tokens: null,
  costUsd: null,
})

interface Remembered extends Move {
  /** null: nobody knows yet. */
  kept: boolean | null
}

function remember({ status, patch }: Past): Remembered[] {
  const moves = movesIn(patch)
  // A change of several constants at once says little about any one of them.
  return moves.length === 1 ? moves.map(move => ({ ...move, kept: status && status === 'keep' })) : []
}

function ideasFor(file: string, constants: Constant[], moves: Remembered[]): Idea[] {
  return constants.flatMap((constant, line) => {
    const mine = moves.filter(move => move.file === file && move.name === constant.name)
    const [place, first] = prior(constant.name)
    const tidy = place + line / 1000
    return directions(first).flatMap(direction => {
      const coarse = idea(file, constant, direction, 1, mine)
      if (coarse) return [{ ...coarse, rank: coarse.rank + tidy + (direction === first ? 0 : 50) }]
      const fine = idea(file, constant, direction, 0.5, mine)
      return fine ? [{ ...fine, rank: fine.rank + tidy + 200 }] : []
    })
  })
}

/** null when the constant cannot move that way, or a value near there is known already. */
function idea(file: string, constant: Constant, direction: Direction, size: number, mine: Remembered[]): Idea | null {
  const raw = step(constant, direction, size)
  if (raw === null) return null
  const value = constantsIn(`X = ${raw}`)[0]?.value ?? Number.NaN
  if (mine.some(move => near(move.to.value, value, constant.value) || near(move.from.value, value, constant.value)))
    return null
  const last = mine.findLast(move => move.kept !== null)
  if (!last) return { file, constant, raw, rank: 100, why: 'it has not been moved yet' }
  const way = last.to.value > last.from.value ? 'up' : 'down'
  if (last.kept && way === direction) return { file, constant, raw, rank: 0, why: `moving it ${way} helped last time` }
  if (!last.kept && way !== direction) return { file, constant, raw, rank: 60, why: `moving it ${way} did not help` }
  return { file, constant, raw, rank: 150, why: `${direction} is the side not tried at this value` }
}

/** Two values that one run would hardly tell apart: within a tenth of the step from the present value. */
const near = (a: number, b: number, from: number): boolean => Math.abs(a - b) <= 0.1 * Math.abs(b - from)

const directions = (first: Direction): Direction[] => (first === 'up' ? ['up', 'down'] : ['down', 'up'])

/** Which constants matter most when training time is fixed, and the way that more often helps. */
function prior(name: string): [rank: number, first: Direction] {
  if (/(^|_)(LR|LEARNING_RATE)(_|$)/.test(name)) return [0, 'up']
  if (/BATCH/.test(name)) return [1, 'down']
  if (/WARM_?DOWN|COOL_?DOWN|DECAY_FRAC/.test(name)) return [2, 'up']
  if (/SEED|VOCAB|EVAL/.test(name)) return [40, 'up']
  return [10, 'up']
}
