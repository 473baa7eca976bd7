/** The closing sections: final configuration, how to replicate, disclosure, full log. */
import { basisSentence } from '../../analysis/confirm/basis.ts'
import { coverageSentence } from '../../analysis/confirm/seeds.ts'
import { delta, ledgerText, list } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import type { Setting } from '../../analysis/source/configuration.ts'
import { argument, command } from '../../lib/command.ts'
import { plural } from '../../lib/text.ts'
import { experimentName, files } from '../../record/files.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { brief, bullets, type Column, commands, paragraph, type Section, table } from '../nodes.ts'
import { fold } from '../render/fold.ts'
import { lines } from './changes.ts'
import { lower, statusWords } from './session.ts'

/** Unchanged constants are listed only up to this number. */
const MAX_CONSTANTS = 40

/** Whether a value is short enough for the table: numbers, words, short lists. */
const isShort = (value: string | null): boolean => value === null || (value.length <= 24 && !/[([{]$|\(/.test(value))

/** Constants of baseline and final, changed ones first; all constants if the files are known. Then what is in no constant. */
export function configurationPart(
  { constants, configuration, outsideConstants, final }: Digest,
  { baseCommit }: Session,
): Section {
  const outside = outsideText(outsideConstants, wholePatchCommand(baseCommit, final))
  if (constants.length === 0) return outsideConstants.some(({ why }) => why === 'code') ? outside : []
  const moved = new Set(constants.map(({ file, name }) => `${file} ${name}`))
  const unchanged = (configuration ?? []).filter(({ file, name }) => !moved.has(`${file} ${name}`))
  const short = unchanged.filter(({ baseline, head }) => isShort(baseline) && isShort(head))
  const shown = short.length <= MAX_CONSTANTS ? short : []
  const all = [...constants, ...shown]
  const file: Column<Setting> = { head: 'File', code: true, cell: c => c.file }
  const rows = table(all, [
    ...(new Set(all.map(c => c.file)).size > 1 ? [file] : []),
    { head: 'Constant', code: true, cell: c => c.name },
    { head: 'Baseline', align: 'right', code: true, cell: c => c.baseline ?? '–' },
    { head: 'Final', align: 'right', code: true, cell: c => (c.baseline === c.head ? '=' : (c.head ?? '–')) },
  ])
  const isWhole = configuration !== null && shown.length === unchanged.length
  // Without the files, a change whose diff is not recorded may have changed any of them.
  const isKnown = outsideConstants.every(({ why }) => why === 'code')
  const rest = isWhole || !isKnown ? [] : [paragraph("All other top-level constants are the baseline's.")]
  return [rows, ...rest, ...outside]
}

/** Names the changes that the constants do not show, and where they are. */
function outsideText(outside: Digest['outsideConstants'], command: string | null): Section {
  if (outside.length === 0) return []
  const only = outside.length === 1
  return [
    paragraph(`${plural(outside.length, 'kept change')} ${only ? 'is' : 'are'} not, or not only, in these constants:`),
    bullets(
      outside.map(
        ({ experiment, description, why }) =>
          `${experimentName(experiment)} “${brief(description)}”${why === 'code' ? '' : ', whose diff is not recorded'}`,
      ),
    ),
    ...(command === null
      ? []
      : [paragraph('The final with all of its changes, in a clone that has the commits:'), commands([command])]),
  ]
}

/** The command that prints all of the final as one patch; null where a commit is not known. */
const wholePatchCommand = (baseCommit: string | null, final: Digest['final']): string | null =>
  baseCommit === null || !final?.commit ? null : `git diff ${baseCommit} ${final.commit}`

/** Commands for a collected session: its commits are known, its run command is not. */
function replicateFromClone({ branch, baseCommit }: Session, commit: string): Section {
  if (baseCommit === null) return []
  const where = branch === null ? 'a clone of its repository' : `a clone of its repository that has ${branch}`
  return [
    commands([
      `# in ${where}: everything that was kept, as one patch`,
      `git diff ${baseCommit} ${commit}`,
      '',
      '# run what it says there on each of the two, with several seeds',
      `git switch --detach ${baseCommit}`,
      `git switch --detach ${commit}`,
    ]),
  ]
}

/** Commands that replicate the result: one command in this notebook, or by hand from the two commits. */
export function replicatePart({ kept, final, seeds }: Digest, session: Session): Section {
  const commit = final?.commit
  const what = final?.kind === 'pruned' ? 'pruned head' : 'head'
  const { run, target } = session.contract
  if (kept.length === 0 || session.stop === null || !commit) return []
  if (typeof run !== 'string') return replicateFromClone(session, commit)
  const splits = session.metric.holdout ? 'val,holdout' : 'val'
  const environment = `NIGHTSHIFT_SEED=1 NIGHTSHIFT_BUDGET_S=${session.budget} NIGHTSHIFT_SPLITS=${splits}`
  const lines = [
    `# baseline and ${what} again${seeds.use === 'read' ? ', on seeds that no run has used' : ''}`,
    command(`confirm ${argument(session.id)}`),
    '',
    `# the ${what} by hand, in a clone that has ${final?.branch === null && final.kind === 'pruned' ? `the commit ${commit.slice(0, 7)}` : `the branch ${final?.branch ?? session.branch}`}`,
    `git switch --detach ${commit}`,
    ...(typeof target === 'string' && target !== '.' ? [`cd ${argument(target)}`] : []),
    `${environment} sh -c ${argument(run)}`,
    '',
    final?.kind === 'pruned'
      ? '# everything that was left in, as one patch'
      : '# everything that was kept, as one patch',
    `git diff ${session.baseCommit} ${commit}`,
  ]
  return [commands(lines)]
}

export const nextPart = ({ next }: Digest): Section => [commands([next.command])]

/** @param written sentences on who wrote the prose and how it was checked */
export function disclosurePart(
  { noise, basis, seeds }: Digest,
  session: Session,
  experiments: Experiment[],
  written: string[],
): Section {
  const { machine, data } = session
  const driver = machine.driver === null ? '' : `, driver ${machine.driver}`
  const hardware = [
    machine.gpu === null ? '' : `${machine.gpus === null ? '' : `${machine.gpus} × `}${machine.gpu}${driver}`,
    [
      machine.cpu ?? '',
      machine.cores === null ? '' : `${machine.cores} cores`,
      machine.memoryMb === null ? '' : `${Math.round(machine.memoryMb / 1024)} GB`,
    ]
      .filter(text => text !== '')
      .join(', '),
    machine.os ?? '',
  ].filter(text => text !== '')
  const versions = [
    machine.python === null ? '' : `Python ${machine.python}`,
    machine.torch === null ? '' : `torch ${machine.torch}`,
  ].filter(text => text !== '')
  const items = [
    `${written.join(' ')} Every number is computed from the session's records; descriptions are the unchecked words of whoever proposed.`,
    session.source?.kind === 'table' ? 'Who proposed is not known.' : `Proposals: ${proposers(experiments)}.`,
    `Machine ${machine.label}: ${hardware.join('; ') || 'nothing more is known'}.`,
    versions.length > 0 ? `Versions: ${list(versions)}.` : '',
    data ? `Data: ${data.name}, fingerprint ${data.fingerprint.slice(0, 16)}.` : '',
    programSentence(session),
    basis === null ? '' : `Values: ${lower(basisSentence(basis))}`,
    coverageSentence(seeds) === '' ? '' : `Seeds: ${lower(coverageSentence(seeds))}`,
    noise && noise.earlier.length > 0 ? `σ leans on earlier sessions: ${list(noise.earlier)}.` : '',
  ]
  return [bullets(items.filter(item => item !== ''))]
}

function programSentence({ program, contractHash, baseCommit, budget }: Session): string {
  const parts = [
    program === null ? '' : `Program: ${program}, contract ${contractHash?.slice(0, 12) ?? 'unknown'}`,
    baseCommit === null ? '' : `from commit ${baseCommit.slice(0, 7)}`,
    budget === null ? '' : `${budget} s of training a run`,
  ].filter(part => part !== '')
  return parts.length === 0 ? '' : `${parts.join('; ').replace(/^f/, 'F')}.`
}

/** "tuner (8)", "claude, opus (60) and tuner (3)" */
function proposers(experiments: Experiment[]): string {
  const counts = new Map<string, number>()
  for (const { agent } of experiments) {
    if (agent.use === null) continue
    const name = agent.model === null ? agent.use : `${agent.use}, ${agent.model}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts.size === 0 ? 'none were made' : list([...counts].map(([name, n]) => `${name} (${n})`))
}

export function logPart({ metric, bestSingleRun }: Digest, experiments: Experiment[]): Section {
  if (experiments.length === 0) return []
  const about = bestSingleRun?.baseline ?? 1
  const text = ledgerText(experiments)
  const rows = table(experiments, [
    { head: 'Experiment', cell: e => experimentName(e.number) },
    { head: 'Status', cell: e => statusWords[e.status] },
    {
      head: metric.name,
      align: 'right',
      cell: e => (e.metric === null ? '–' : text(e.metric, e.decision ? [e.decision.head] : [])),
    },
    { head: 'Against the best', align: 'right', cell: e => (e.decision ? delta(e.decision.gain, metric, about) : '–') },
    { head: 'Lines', align: 'right', cell: e => (e.number === 0 ? '–' : lines(e)) },
    { head: 'Change', cell: e => brief(e.description) },
    { head: 'Why', cell: e => brief(e.reason) },
  ])
  const where = `The patches and logs are beside this report, e.g. ${files.patch('.', 1)}; a line of experiments.jsonl has each experiment's numbers.`
  return [fold(rows, `All ${plural(experiments.length, 'experiment')}`), paragraph(where)]
}
