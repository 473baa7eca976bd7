/** The sections with the whole change as one patch and with the commands that replicate the result. */
import { posix } from 'node:path'
import { givenData } from '../../analysis/data.ts'
import { adoptionLines } from '../../analysis/result/adoption.ts'
import type { Digest } from '../../analysis/schema.ts'
import type { Source } from '../../analysis/source/tree.ts'
import { argument, command } from '../../lib/command.ts'
import { plainLine, plural, sanitizeText } from '../../lib/text.ts'
import { MAX_DATA } from '../../program/contract.ts'
import { assignedData } from '../../program/data.ts'
import type { Adoption } from '../../record/files/adopted.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { combinedPatch, isShownPatch } from '../combinedPatch.ts'
import { commands, diff, paragraph, type Section } from '../nodes.ts'
import { fold } from '../render/fold.ts'

/** The patches of a session and the files that they change; see `ReportInput`. */
interface Changes {
  patches: Map<number, string>
  source: Source
  finalPatch?: string | null
}

/** The whole change as one patch, folded; empty where the records cannot give it. */
export function patchPart({ kept, final, inherited }: Digest, experiments: Experiment[], changes: Changes): Section {
  const { patches, source, finalPatch = null } = changes
  const patch = combinedPatch(final, experiments, patches, source, finalPatch)
  if (kept.length === 0 || patch === null || !isShownPatch(patch)) return []
  const what = inherited === null ? 'The whole change' : 'What this session added, on what it inherited,'
  return [fold(diff(patch), `${what} as one patch, ${plural(patch.trimEnd().split('\n').length, 'line')}`)]
}

/** The command that prints all of the final as one patch; null where a commit is not known. */
export const wholePatchCommand = (baseCommit: string | null, final: Digest['final']): string | null =>
  baseCommit === null || !final?.commit ? null : `git diff ${baseCommit} ${final.commit}`

/** "a clone that has the branch autoresearch/nov20" */
export function cloneText({ branch, source }: Pick<Session, 'branch' | 'source'>, final: Digest['final']): string {
  const clone = source === undefined ? 'a clone' : 'a clone of its repository'
  if (final?.kind === 'pruned' && final.branch === null)
    return `${clone} that has the commit ${final.commit?.slice(0, 7)}`
  const name = final?.branch ?? branch
  return name === null ? clone : `${clone} that has the branch ${name}`
}

/** The branches that were made of the session, a paragraph each. */
export const adoptedPart = (digest: Digest, adopted: Adoption[]): Section =>
  adoptionLines(adopted, digest).map(line => paragraph(line))

/** Commands that give the change as one patch and replicate the result: one command in this notebook, or by hand. */
export function replicatePart({ kept, final, seeds }: Digest, session: Session): Section {
  const commit = final?.commit
  const what = final?.kind === 'pruned' ? 'pruned head' : 'head'
  const { run, target } = session.contract
  if (kept.length === 0 || session.stop === null || !commit) return []
  // With what was inherited, for a checkout that has nothing of it.
  const patch = wholePatchCommand(session.inherited?.base ?? session.baseCommit, final)
  const inherited = session.inherited === undefined ? '' : ' with what was inherited'
  const whole = [
    `# the whole change${inherited} as one patch, in ${cloneText(session, final)}`,
    ...(patch === null ? [] : [patch]),
  ]
  if (typeof run !== 'string')
    return patch === null ? [] : [commands([...whole, ...byHand(session.baseCommit ?? '', commit)])]
  const splits = session.metric.holdout ? 'val,holdout' : 'val'
  const environment = [
    ...dataVariables(session),
    `NIGHTSHIFT_SEED=1 NIGHTSHIFT_BUDGET_S=${session.budget} NIGHTSHIFT_SPLITS=${splits}`,
  ].join(' ')
  const folder = typeof target === 'string' && target !== '.' ? `cd ${argument(target)} && ` : ''
  return [
    commands([
      ...whole,
      ...againHere(session, what, seeds),
      `# the ${what} by hand${whoseCommand(session)}`,
      `git switch --detach ${commit}`,
      `${folder}${environment} sh -c ${argument(run)}`,
    ]),
  ]
}

/** The one command: a session that was run elsewhere has no branch here, so its changes are put on this checkout. */
const againHere = ({ id, source }: Session, what: string, { use }: Digest['seeds']): string[] =>
  source === undefined
    ? [
        `# baseline and ${what} again${use === 'read' ? ', on seeds that no run has used' : ''}`,
        command(`confirm ${argument(id)}`),
      ]
    : ['# its changes on this checkout, run beside the commit without them', command(`replicate ${argument(id)}`)]

/**
 * The assignment of the data that runs got, for a command that starts where runs do, below the repository's root; none where
 * none was named.
 * @param root the root as the command has it; by default from where a run starts
 */
export function dataVariables(session: Pick<Session, 'contract'>, root?: string): string[] {
  const data = givenData(session)
  const { target } = session.contract
  const up = typeof target === 'string' ? posix.relative(target, '.') || '.' : '.'
  return data === null ? [] : [assignedData(plainLine(data).slice(0, MAX_DATA), root ?? up, argument)]
}

/** Of a collected session: its command comes with it, and whoever pastes it runs it. */
function whoseCommand({ source }: Session): string {
  if (source === undefined) return ''
  return `: this command comes from ${sanitizeText(source.from, 80)}, not from this notebook; read it before you run it`
}

/** For a collected session: its commits are known, its run command is not. */
const byHand = (base: string, final: string): string[] => [
  '# baseline and head again: on each, run what it says there, with several seeds',
  `git switch --detach ${base}`,
  `git switch --detach ${final}`,
]
