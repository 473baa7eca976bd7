/** Commits the points of a sweep, each as a candidate of its own. */
import { join } from 'node:path'
import type { SweepRequest } from '../../agents/agent.ts'
import { experimentName } from '../../lib/format.ts'
import { type Git, gitWithInput, retryIfPruned } from '../../lib/git/git.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Sweep } from '../../record/sweep.ts'
import type { CommitContext } from '../context.ts'
import { readEditable } from '../replicate/setKnobs.ts'
import { emit, type Worktree } from '../session/context.ts'
import { type CommitResult, commitTree, type ProposalInfo, type Refusal } from './candidate.ts'
import type { Refused } from './guard.ts'
import { readProposalTree } from './proposalTree.ts'
import { type Point, pointsOf } from './sweepPoints.ts'

export type LeftOut = NonNullable<Sweep['leftOut']>

/** A sweep that is committed, or why there is none. */
export type SweepResult =
  | { kind: 'swept'; candidates: Candidate[]; leftOut: LeftOut }
  | Extract<CommitResult, { kind: 'refused' }>

/**
 * Makes the candidates of a sweep on top of the agent's edits, which may be none. Points without an edit, with a tree that
 * was tried before, and those that the guard or the user's hook refuses are left out. The caller adds them to the session.
 *
 * @param most candidates that the session may still make
 */
export const commitSweep = (
  context: CommitContext,
  about: ProposalInfo,
  head: Experiment,
  from: Worktree,
  request: SweepRequest,
  most: number,
): Promise<SweepResult> =>
  retryIfPruned(from.git, async () => {
    const read = await readProposalTree(from, head.commit ?? '')
    if (read.kind === 'refused') return refused(about, read.refused)
    if (request.kind === 'problem') return refused(about, ofSweep(request.problem))
    const { contract, repository } = context
    const [texts, before] = await Promise.all([
      readEditable(repository, read.tree, contract.edit),
      readEditable(repository, head.commit ?? '', contract.edit),
    ])
    const points = pointsOf(request.values, texts, before)
    if (typeof points === 'string') return refused(about, ofSweep(points))
    const candidates: Candidate[] = []
    const leftOut: LeftOut = []
    const trees = new Set<string>()
    for (const point of points) {
      const whyNot = candidates.length >= most ? `the session makes ${plural(most, 'more experiment')}` : null
      const made =
        whyNot ?? (await commitPoint(context, ofPoint(about, point, candidates.length), head, from, point, trees))
      if (typeof made === 'string') leftOut.push({ values: point.values, why: made })
      else if (made.kind === 'refused') return made
      else candidates.push(made.candidate)
    }
    if (candidates.length === 0) return refused(about, ofSweep(noPoint(leftOut)))
    return { kind: 'swept', candidates: withPlaces(candidates, points, leftOut), leftOut }
  })

const ofSweep = (why: string): Refused => ({ rule: 'sweep', why })

const noPoint = (leftOut: LeftOut): string =>
  `no point of its sweep is left to run (${[...new Set(leftOut.map(({ why }) => why))].join('; ')})`

function refused(about: ProposalInfo, found: Refused): SweepResult {
  const refusal: Refusal = { ...found, description: about.description || found.why, ...nothing }
  return { kind: 'refused', refusal }
}

const nothing = { patch: null, linesAdded: 0, linesRemoved: 0, tree: null }

/** The agent's time and cost count once, with the first member. */
function ofPoint(about: ProposalInfo, { moves }: Point, index: number): ProposalInfo {
  const { use, model } = about.agent
  const own = about.description === '' ? '' : `: ${about.description}`
  return {
    ...about,
    number: about.number + index,
    description: sanitizeText(moves + own, 120),
    agent: index === 0 ? about.agent : { use, model, seconds: 0, tokens: null, costUsd: null },
  }
}

/** @returns a clause that says why it is left out; a refusal, where the hook could not look at it */
async function commitPoint(
  context: CommitContext,
  about: ProposalInfo,
  head: Experiment,
  from: Worktree,
  point: Point,
  trees: Set<string>,
): Promise<(CommitResult & { kind: 'committed' }) | (CommitResult & { kind: 'refused' }) | string> {
  const tree = await treeWith(context, from, point.texts)
  if (trees.has(tree)) return 'another point has the same files'
  trees.add(tree)
  const result = await commitTree(context, about, head, tree, { worktree: from.path, isFix: false })
  if (result.kind === 'committed') return result
  const { rule, why } = result.refusal
  if (rule === 'no-change') return 'it is what the head has'
  return rule === 'stopped' || rule === 'hook-broken' ? result : why
}

/** The worktree's tree with these files, which are checked out too: the user's hook may read them. */
async function treeWith(
  { repository }: CommitContext,
  { git, path }: Worktree,
  texts: Map<string, string>,
): Promise<string> {
  for (const [file, text] of texts) {
    const mode = (await git.raw('ls-files', '--stage', '--', join(path, file))).slice(0, 6)
    const blob = (await gitWithInput(repository.root, ['hash-object', '-w', '--stdin'], text)).trim()
    await git.raw('update-index', '--cacheinfo', `${mode},${blob},${file}`)
    await checkOut(git, join(path, file))
  }
  return git.raw('write-tree')
}

const checkOut = (git: Git, file: string): Promise<string> =>
  git.raw('checkout-index', '--force', '--quiet', '--', file)

/** Members know their place; a point that is alone is a candidate like any other. */
function withPlaces(candidates: Candidate[], points: Point[], leftOut: LeftOut): Candidate[] {
  const made = points.filter(({ values }) => !leftOut.some(left => left.values === values))
  const [{ number: first } = { number: 0 }] = candidates
  if (candidates.length === 1) return candidates
  return candidates.map((candidate, i) => ({
    ...candidate,
    sweep: {
      first,
      size: candidates.length,
      values: made[i]?.values ?? {},
      ...(i === 0 && leftOut.length > 0 && { leftOut }),
    },
  }))
}

/** Adds all members at once, and says what is run. */
export async function addSweep(
  context: CommitContext & { terminal: { step: (label: string, text: string) => void } },
  { candidates, leftOut }: Extract<SweepResult, { kind: 'swept' }>,
): Promise<void> {
  failpoint('sweep committed')
  for (const { tree, number } of candidates) context.tried.set(tree, number)
  await emit(context, { event: 'sweep', candidates })
  const [first, last] = [candidates[0], candidates.at(-1)] as [Candidate, Candidate]
  const range = first === last ? '' : ` to ${experimentName(last.number)}`
  context.terminal.step('sweep', `${experimentName(first.number)}${range}: ${sweepText(candidates, leftOut)}`)
}

/** "6 points of MATRIX_LR; left out 0.04 (it is what the head has)" */
function sweepText(candidates: Candidate[], leftOut: LeftOut): string {
  const names = Object.keys(candidates[0]?.sweep?.values ?? leftOut[0]?.values ?? {})
  const out = leftOut.map(({ values, why }) => `${pointText(values)} (${why})`)
  const left = out.length === 0 ? '' : `; left out ${out.join(', ')}`
  return sanitizeText(`${plural(candidates.length, 'point')} of ${names.join(' × ')}${left}`, 400)
}

const pointText = (values: LeftOut[number]['values']): string => Object.values(values).join(' × ')
