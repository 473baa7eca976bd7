/** Sessions with a kept change that is luck, run on a real repository. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { player, program, shellConstants } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/**
 * A trainer with constants of known effect: PLAIN gains 0.2; LUCKY gains a hair on seed 1 and costs 0.1 on others. Seeds
 * differ by up to 0.01.
 */
export const trainer = `${shellConstants}
const PLAIN = 0

# separate hunks, so that each line can be reverted alone

const LUCKY = 0
awk -v PLAIN=$PLAIN -v LUCKY=$LUCKY -v seed=$NIGHTSHIFT_SEED 'BEGIN {
  noise = seed == 1 ? 0.005 : seed * 7919 % 11 / 1100
  loss = 1 - 0.2 * PLAIN + LUCKY * (seed == 1 ? -0.0002 : 0.1) + noise
  printf "---\\nloss: %.6f\\ntraining_seconds: 0.1\\n", loss
}'
`

/**
 * The same, where the pruned head does not run. The baseline is better on its second seed, so LUCKY, judged first, is not
 * better than its mean.
 */
export const needy = trainer
  .replace('? 0.005', '? 0.0125')
  .replace('awk', '[ "$PLAIN,$LUCKY" != 1,0 ] || { echo "Error: needs LUCKY" >&2; exit 1; }\nawk')

export const set = (name: string, value: number) =>
  `sed -i.bak 's/^const ${name} = .*/const ${name} = ${value}/' train.js && rm train.js.bak; echo '${name} to ${value}'`

/** Clear discards, by which most changes of the session are bad. */
const bad = [-1, -2, -3].map(value => set('PLAIN', value))

/** A keep that is real, one that is luck, three discards. */
export const steps = [set('PLAIN', 1), set('LUCKY', 1), ...bad]

export interface Target {
  steps?: string[]
  trainer?: string
  /** Further lines of the frontmatter. */
  more?: string
}

/** The repository's root, with program.md committed. Lines have no cost: what is better on seed 1 is kept. */
export async function target(given: Target = {}, finished?: Finished): Promise<string> {
  const root = await repository({ 'train.js': given.trainer ?? trainer }, finished)
  await write(join(root, '..'), { 'agent.sh': player(given.steps ?? steps) })
  const more = `line_cost: 0\nseeds: 3\n${given.more ?? ''}`
  const text = program(join(root, '../agent.sh'), more)
    .replace(', holdout: held_loss', '')
    .replace('run: node', 'run: sh')
  await write(root, { 'program.md': text })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the program')
  return root
}

export const args = (experiments = steps.length) => [
  '--program',
  'program.md',
  '--tag',
  'try',
  '--experiments',
  String(experiments),
]

/** Runs the session of a target. @returns what it printed */
export async function run(root: string, experiments?: number): Promise<string> {
  const result = await nightshift(root, 'session', args(experiments))
  expect(result.exitCode, result.stderr).toBe(0)
  return result.stderr
}

export async function open(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const events = await readJournal(files.journal(folder))
  const digest = await readJson(files.digest(folder), digestSchema)
  const finals = events.flatMap(event => (event.event === 'final' ? [event.final] : []))
  return { id, folder, events, finals, digest, ...(await readSession(folder)) }
}

/** The commit of a branch or ref; null without one. */
export const commitOf = (root: string, ref: string): Promise<string | null> =>
  git(root, 'rev-parse', '--verify', '--quiet', ref).catch(() => null)
