/** Puts chosen changes one on another, from the session's start, and finds which further ones a change needs. */
import { join } from 'node:path'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { experimentName } from '../../lib/format.ts'
import type { Git, Repository } from '../../lib/git/git.ts'
import { writeTree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Experiment } from '../../record/schema.ts'
import { namesOf } from './choose.ts'

/** A kept change with its diff against the commit that it was made on. */
export interface Change {
  experiment: Experiment
  /** Path of the patch. */
  patch: string
}

/** The tree after a change. */
export interface Step {
  change: Change
  tree: string
}

interface Place {
  repository: Pick<Repository, 'git'>
  /** Worktree in which the changes are applied; its files become those of the last tree. */
  worktree: Git
  /** Where patches are written. */
  folder: string
}

/** Writes the patch of a change, from its commit's parent. @throws {Failure} when the repository lacks the commit */
export async function writeChange({ repository, folder }: Place, experiment: Experiment): Promise<Change> {
  const patch = join(folder, `${experimentName(experiment.number)}.patch`)
  const format = ['-p', '-r', '--full-index', '--binary', '--no-ext-diff', '--no-textconv', '--no-renames']
  const { commit } = experiment
  // git writes the file itself: `raw` would trim trailing white space off the patch.
  await repository.git
    .raw('diff-tree', ...format, `--output=${patch}`, `${commit}^`, `${commit}`)
    .catch((cause: unknown) => {
      throw new Failure(
        `The commit of ${experimentName(experiment.number)}, ${commit?.slice(0, 12) ?? 'which is not recorded'}, is not in this repository.`,
        '`git fetch` the branch of the session from where it ran, and run the command again.',
        { cause },
      )
    })
  return { experiment, patch }
}

/**
 * Applies changes by three-way merges, each on the tree with those before it.
 * @returns the trees; where a change does not apply or changes nothing there, that one, and the files that conflict
 */
export async function stack(
  { worktree }: Place,
  base: string,
  changes: Change[],
): Promise<{ kind: 'stacked'; steps: Step[] } | { kind: 'stuck'; at: Change; why: string }> {
  await worktree.raw('read-tree', '--reset', '-u', base)
  const steps: Step[] = []
  let before = await worktree.raw('rev-parse', `${base}^{tree}`)
  for (const change of changes) {
    const applies = await worktree.raw('apply', '--3way', change.patch).then(
      () => true,
      () => false,
    )
    if (!applies) {
      const conflicted = await worktree.raw('diff', '--name-only', '--diff-filter=U', '--ignore-submodules')
      const files = conflicted === '' ? '' : `: ${sanitizeText(conflicted.split('\n').join(', '))}`
      await worktree.raw('read-tree', '--reset', '-u', before)
      return { kind: 'stuck', at: change, why: `does not apply${files}` }
    }
    const tree = await writeTree(worktree)
    if (tree === before) return { kind: 'stuck', at: change, why: 'changes nothing there' }
    steps.push({ change, tree })
    before = tree
  }
  return { kind: 'stacked', steps }
}

/**
 * The trees of the chosen changes.
 * @throws {Failure} when one needs changes that are left out; it names these and what to type
 */
export async function stackChosen(
  place: Place,
  base: string,
  chosen: Change[],
  leftOut: Change[],
  id: string,
): Promise<Step[]> {
  const found = await stack(place, base, chosen)
  if (found.kind === 'stacked') return found.steps
  const { at, why } = found
  const name = experimentName(at.experiment.number)
  const needed = await neededBy(place, base, at, chosen, leftOut)
  if (needed === null)
    throw new Failure(
      `${name} (${sanitizeText(at.experiment.description, 80)}) ${why}, whichever of the session's other changes come before it.`,
      `Leave it out with --only, and take its lines over by hand: \`git show ${at.experiment.commit?.slice(0, 12)}\`.`,
    )
  const numbers = [...chosen, ...needed].map(({ experiment }) => experiment.number).sort((a, b) => a - b)
  const rest = chosen.filter(change => change !== at).map(({ experiment }) => experiment.number)
  const without = rest.length > 0 ? ` Without ${name}: --only ${rest.join(',')}.` : ''
  throw new Failure(
    `${name} (${sanitizeText(at.experiment.description, 80)}) needs ${namesOf(needed.map(change => change.experiment))}, which ${needed.length === 1 ? 'is' : 'are'} left out: without ${needed.length === 1 ? 'it' : 'them'} it ${why}.`,
    `\`${command(`adopt ${shellWord(id)} --only ${numbers.join(',')}`)}\` adopts ${needed.length === 1 ? 'it' : 'them'} too.${without}`,
  )
}

/**
 * The fewest found of the earlier left-out changes with which the change applies: all are added, and each is taken away
 * again where it applies without. null where it does not even apply with all of them.
 */
async function neededBy(
  place: Place,
  base: string,
  at: Change,
  chosen: Change[],
  leftOut: Change[],
): Promise<Change[] | null> {
  const before = (changes: Change[]) => changes.filter(({ experiment }) => isBefore(experiment, at.experiment))
  const earlier = before(chosen)
  const applies = async (more: Change[]) => {
    const all = [...earlier, ...more].sort((a, b) => (isBefore(a.experiment, b.experiment) ? -1 : 1))
    return (await stack(place, base, [...all, at])).kind === 'stacked'
  }
  let needed = before(leftOut)
  if (!(await applies(needed))) return null
  for (const change of needed.toReversed()) {
    const fewer = needed.filter(each => each !== change)
    if (await applies(fewer)) needed = fewer
  }
  return needed
}

/** Whether a change was kept before another: verdicts may come in another order than the numbers. */
const isBefore = (a: Experiment, b: Experiment): boolean =>
  (a.endedAt ?? '') === (b.endedAt ?? '') ? a.number < b.number : (a.endedAt ?? '') < (b.endedAt ?? '')
