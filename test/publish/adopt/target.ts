/** A session of a real repository whose kept changes depend on one another in known ways. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { player, program, shellConstants } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** RATE 2 gains 0.1 and 3 gains 0.15, WIDTH 0.1, DEPTH 0.3 with WIDTH and 0.02 without. Seeds differ by up to 0.001. */
const trainer = `${shellConstants}
const RATE = 1

# separate hunks, so that each line changes alone

const WIDTH = 1

# separate

const DEPTH = 1
awk -v RATE=$RATE -v WIDTH=$WIDTH -v DEPTH=$DEPTH -v seed=$NIGHTSHIFT_SEED 'BEGIN {
  noise = seed * 7919 % 11 / 11000
  rate = RATE == 3 ? 0.15 : RATE == 2 ? 0.1 : 0
  width = WIDTH == 2 ? 0.1 : WIDTH > 2 ? -0.3 : 0
  depth = DEPTH == 2 ? (WIDTH == 2 ? 0.3 : 0.02) : 0
  printf "---\\nloss: %.6f\\ntraining_seconds: 0.1\\n", 1 - rate - width - depth + noise
}'
`

const set = (name: string, value: number, said = `${name} to ${value}`) =>
  `sed -i.bak 's/^const ${name} = .*/const ${name} = ${value}/' train.js && rm train.js.bak; echo '${said}'`

export interface Target {
  root: string
  id: string
  /** Folder of its records. */
  folder: string
}

/** Experiments 1 to 4 are kept, 5 is discarded. 4 changes the line that 1 has changed; 3 gains less without 2. */
export async function adoptable(finished: Finished): Promise<Target> {
  const steps = [
    set('RATE', 2),
    set('WIDTH', 2, 'twice as wide, fixes #12 for @somebody'),
    set('DEPTH', 2),
    set('RATE', 3),
    set('WIDTH', 3),
  ]
  const root = await repository({ 'train.js': trainer }, finished)
  await git(root, 'config', 'user.name', 'Ada Person')
  await git(root, 'config', 'user.email', 'ada@example.org')
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  const text = program(join(root, '../agent.sh'), 'line_cost: 0\nseeds: 2\n')
  await write(root, {
    'program.md': text.replace('{ name: loss, holdout: held_loss }', 'loss').replace('run: node', 'run: sh'),
  })
  await git(root, 'add', '-A')
  await git(root, 'commit', '-qm', 'the program')
  const result = await nightshift(root, 'session', ['--program', 'program.md', '--tag', 'try', '--experiments', '5'])
  expect(result.exitCode, result.stderr).toBe(0)
  const id = (await readdir(sessionsOf(root)))[0] ?? ''
  return { root, id, folder: join(sessionsOf(root), id) }
}
