/**
 * `pnpm session --from SESSION`: the session starts with another session's final. Its changes become one commit on the user's
 * HEAD, made by plumbing: neither checkout nor index of the user's changes.
 */

import { join, posix } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { startText } from '../../analysis/inherited.ts'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { patchBetween, type Repository } from '../../lib/git/git.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Contract } from '../../program/contract.ts'
import { experimentName } from '../../record/files/paths.ts'
import { findSession } from '../../record/find.ts'
import type { Session } from '../../record/schema.ts'
import type { Inherited } from '../../record/taken.ts'
import { applyStack, type NotApplied } from '../stack/applyStack.ts'
import { stackOf, takenFrom } from '../stack/stackOf.ts'

/** What a session starts with. */
export interface Inheritance {
  inherited: Inherited
  /** The original baseline with the changes: the session's first commit. */
  commit: string
}

/**
 * @param program path of program.md in its repository, with forward slashes
 * @param name of the other session, as `findSession` reads it
 * @throws {Failure} when it is of another task, has nothing to take over, or one of its changes does not apply
 */
export async function inherit(
  repository: Repository,
  program: string,
  contract: Contract,
  name: string,
): Promise<Inheritance> {
  const stack = await stackOf(join(sessionsRoot, await findSession(name, sessionsRoot)))
  const { session } = stack
  checkTask(session, program, contract)
  const { git, head } = repository
  const { tree, applied, failed, isFinal } = await applyStack(repository, head, stack, { program, edit: contract.edit })
  if (failed[0] !== undefined) throw doesNotApply(session.id, head, failed[0], failed.length)
  const descriptions = applied.map(({ description }) => redact(sanitizeText(description, 200)))
  const experiments = applied.map(({ number }) => number)
  const lines = experiments.map((number, i) => `${experimentName(number)} ${descriptions[i]}`)
  const message = [`Start from ${isFinal ? 'the final' : 'the kept changes'} of ${session.id}`, '', ...lines].join('\n')
  const commit = await git.raw('commit-tree', tree, '-p', head, '-m', message)
  return { commit, inherited: { ...takenFrom(stack), experiments, isFinal, base: head, descriptions } }
}

/** For the user before the start. */
export const inheritedNote = ({ experiments, base, ...from }: Inherited): string =>
  `starts from ${startText({ experiments, base, ...from })}: ${plural(experiments.length, 'change')} on ${base.slice(0, 7)}, one commit; ` +
  'the original baseline is run too, once at the start and once beside each pair of confirm'

/** The inherited changes as one patch. */
export const inheritedPatch = ({ root }: Repository, { base }: Inherited, commit: string): Promise<string> =>
  patchBetween(root, base, commit)

function checkTask(other: Session, program: string, { metric, edit }: Contract): void {
  const [theirs, ours] = [other.metric, metric].map(({ name, goal }) => `${goal} ${name}`)
  if (theirs !== ours)
    throw new Failure(
      `${other.id} is of another task: its metric is to ${theirs}, and here it is to ${ours}.`,
      'Name a session with the same metric.',
    )
  // A collected session may not record its editable files.
  const files = other.contract.edit
  if (!Array.isArray(files)) return
  const [there, here] = [beside(other.program ?? program, files), beside(program, edit)]
  if (!isDeepStrictEqual(there, here))
    throw new Failure(
      `${other.id} is of another task: it may edit ${there.join(', ')}, and here it is ${here.join(', ')}.`,
      'Name a session with the same editable files.',
    )
}

/** Paths as program.md names them, in one order. */
const beside = (program: string, files: readonly unknown[]): string[] =>
  files.map(file => sanitizeText(posix.relative(posix.dirname(program), String(file)), 120)).sort()

function doesNotApply(id: string, head: string, { experiment, why }: NotApplied, count: number): Failure {
  const others = count > 1 ? ` (and ${plural(count - 1, 'other change')} of it)` : ''
  return new Failure(
    `${id} cannot be started from: its ${experimentName(experiment.number)} “${sanitizeText(experiment.description, 80)}”${others} ${why}, at ${head.slice(0, 7)}.`,
    `Start from a commit whose files are as that session's baseline has them, or take over what applies: \`${command(`replicate ${shellWord(id)}`)}\`.`,
  )
}
