/** Prepares a replication: checks that it compares, sets knobs, applies the changes, and says what is to be run. */
import { join } from 'node:path'
import { list } from '../../analysis/numbers.ts'
import { Failure } from '../../lib/errors.ts'
import { experimentName } from '../../lib/format.ts'
import type { Repository } from '../../lib/git/git.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Contract } from '../../program/contract.ts'
import { canonical, hash, type Overrides } from '../../program/read.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import type { Planned, Replication } from '../../record/taken.ts'
import { dataOf, otherDataNote } from '../session/data.ts'
import { type Beginning, readStart } from '../session/open.ts'
import { type Applied, type AppliedStack, applyEach, applyStack, type NotApplied } from '../stack/applyStack.ts'
import { type Stack, stackOf, takenFrom } from '../stack/stackOf.ts'
import { commitKnobs, knobsToSet, readEditable, type Wanted } from './setKnobs.ts'

export interface Request {
  /** Id of the session whose changes are replicated. */
  session: string
  /** Path of program.md. */
  program: string
  overrides: Overrides
  /** Whether each change is run by itself too. */
  each: boolean
  set: Wanted[]
  tag: string | null
}

export interface PreparedReplication {
  /** As of any session, with what the replication takes. */
  beginning: Beginning
  replication: Replication & { plan: Planned[] }
  /** What a person should know of how it differs from the other session. */
  notes: string[]
}

/**
 * Writes git objects alone, to which no ref points until the session is opened.
 * @param keep false: not even the machine's label is written
 * @throws {Failure} when metric or goal differ, `--set` is wrong, or no change applies
 */
export async function prepareReplication(request: Request, keep = true): Promise<PreparedReplication> {
  const stack = await stackOf(join(sessionsRoot, request.session))
  const { program, overrides, tag } = request
  const usualTag = `replicate-${stack.session.tag.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 40)}`.replace(/[.]+$/, '')
  const read = await readStart({ program, overrides, tag, usualTag, usualData: dataOf(stack.session) }, keep)
  const { repository } = read
  checkSeeds(read.contract)
  checkMetric(stack.session, read.session, program)
  const texts = await readEditable(repository, repository.head, read.contract.edit)
  const set = knobsToSet(request.set, texts, stack)
  const base = await commitKnobs(repository, set, texts)
  const target = { program: read.session.program, edit: read.contract.edit }
  const together = await applyStack(repository, base, stack, target)
  if (together.applied.length === 0) throw nothingApplies(stack.session, together.failed, base)
  const each = request.each && stack.changes.length > 1 ? await applyEach(repository, base, stack, target) : null
  const plan = await planOf(repository, base, stack, together, each)
  const { data } = stack.session
  const replication = {
    ...takenFrom(stack),
    experiments: together.applied.map(({ number }) => number),
    isFinal: together.isFinal,
    head: repository.head,
    set,
    ...(data === null ? {} : { data: { name: data.name, fingerprint: data.fingerprint } }),
    plan,
  }
  // No rule but its own ends it, and its runs are made one after the other.
  const contract: Contract = { ...read.contract, ...withoutRules }
  const session = {
    ...read.session,
    contract,
    contractHash: hash(canonical(contract)),
    agent: { use: 'replicate', model: null },
    baseCommit: base,
    replication,
  }
  return { beginning: { ...read, contract, session }, replication, notes: notesOn(stack, session) }
}

const withoutRules = {
  until: null,
  hours: null,
  experiments: null,
  patience: null,
  cost_usd: null,
  slots: 1,
} as const satisfies Partial<Contract>

function checkSeeds({ seeds }: Contract): void {
  if (seeds < 2)
    throw new Failure(
      `seeds: found ${seeds}.`,
      'A replication needs at least 2 pairs of runs, for one says nothing of the noise: --seeds 3.',
    )
}

function checkMetric(theirs: Session, { metric }: Pick<Session, 'metric'>, program: string): void {
  if (theirs.metric.name === metric.name && theirs.metric.goal === metric.goal) return
  const text = ({ name, goal }: Session['metric']) => `${name} (${goal})`
  throw new Failure(
    `${theirs.id} has the metric ${sanitizeText(text(theirs.metric), 80)}, and ${program} has ${text(metric)}.`,
    'Name the program.md of the same target with --program PATH.',
  )
}

function nothingApplies({ id }: Session, failed: NotApplied[], base: string): Failure {
  const shown = failed.slice(0, MAX_LISTED).map(failure => `  ${failureText(failure)}`)
  const more = failed.length > MAX_LISTED ? [`  and ${failed.length - MAX_LISTED} more`] : []
  const all = failed.every(({ why }) => why.startsWith('changes nothing here'))
  return new Failure(
    [`No change of ${id} applies to ${base.slice(0, 7)}:`, ...shown, ...more].join('\n'),
    all
      ? 'All of it is there already: replicate it from a commit without it.'
      : 'Check out the commit that it started at, or one near it: a replication starts from HEAD.',
  )
}

const MAX_LISTED = 10

/** "0004 raise the rate: does not apply to train.py" */
const failureText = ({ experiment, why }: NotApplied): string =>
  `${experimentName(experiment.number)} ${described(experiment)}: ${why}`

const described = ({ description }: Experiment): string => redact(sanitizeText(description, 200))

/** What is to be run, in the order of the experiments' numbers. A single change that is the whole stack is not run twice. */
async function planOf(
  { git }: Repository,
  base: string,
  { session }: Stack,
  together: AppliedStack,
  each: (Applied | NotApplied)[] | null,
): Promise<Planned[]> {
  const commit = (tree: string, message: string) => git.raw('commit-tree', tree, '-p', base, '-m', message)
  const { applied, failed, tree } = together
  const [only] = applied
  const description =
    applied.length === 1 && only
      ? described(only)
      : `${partText(applied.length, applied.length + failed.length)} of ${sanitizeText(session.id, 80)}`
  const whole = {
    experiments: applied.map(({ number }) => number),
    description,
    commit: await commit(tree, description),
    why: null,
  }
  const plan: Planned[] = [whole]
  for (const single of each ?? failed) {
    const { experiment } = single
    const about = { experiments: [experiment.number], description: described(experiment) }
    if ('why' in single) plan.push({ ...about, commit: null, why: single.why })
    else if (single.tree !== tree)
      plan.push({ ...about, commit: await commit(single.tree, about.description), why: null })
  }
  return plan
}

const partText = (part: number, all: number): string =>
  part < all ? `${part} of ${plural(all, 'change')}` : all === 2 ? 'both changes' : `all ${all} changes`

function notesOn(
  { session: theirs, changes }: Stack,
  { budget, contract }: Pick<Session, 'budget' | 'contract'>,
): string[] {
  const notes: string[] = []
  const data = otherDataNote(theirs, contract)
  if (data !== null) notes.push(data)
  if (theirs.budget !== null && theirs.budget !== budget)
    notes.push(`a run trains for ${budget} s here and ${theirs.budget} s there; recorded as transfer`)
  if (theirs.inherited !== undefined)
    notes.push(
      `it started from changes of ${sanitizeText(theirs.inherited.session, 80)}; these are replicated too, as one of its ${plural(changes.length, 'change')}`,
    )
  return notes
}

/** The changes of a replication that do not apply, as steps of the terminal. */
export const notAppliedSteps = ({
  plan = [],
  experiments: together,
}: Pick<Replication, 'plan' | 'experiments'>): [key: string, text: string][] =>
  plan.flatMap(({ experiments, description, why }) => {
    if (why === null) return []
    const text = `${list(experiments.map(experimentName))} ${description}`
    // In the stack it applies on the changes before it.
    return [
      experiments.every(number => together.includes(number))
        ? ['not alone', `${text}: by itself it ${why}`]
        : ['left out', `${text}: it ${why}`],
    ]
  })
