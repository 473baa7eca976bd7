/** The closing sections: disclosure, how the session was imported, full log. */

import { basisSentence } from '../../analysis/confirm/basis.ts'
import { coverageSentence } from '../../analysis/confirm/seeds.ts'
import { givenData } from '../../analysis/data.ts'
import { delta, ledgerText, list } from '../../analysis/numbers.ts'
import { sharedSentence } from '../../analysis/origin.ts'
import { changesByNumber, withFoundGains } from '../../analysis/replication/facts.ts'
import { experimentWord } from '../../analysis/replication/words.ts'
import { sandboxSentence } from '../../analysis/sandbox.ts'
import type { Digest } from '../../analysis/schema.ts'
import { capital, plural, sanitizeText } from '../../lib/text.ts'
import { experimentName, files } from '../../record/files/paths.ts'
import type { Imported, Note } from '../../record/imported.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { hardwareOf, versionsOf } from '../machine.ts'
import { brief, bullets, type Column, paragraph, type Section, table } from '../nodes.ts'
import { lines } from './kept.ts'
import { lower } from './session.ts'

/** @param written sentences on who wrote the prose and how it was checked */
export function disclosurePart(
  digest: Digest,
  session: Session,
  experiments: Experiment[],
  written: string[],
): Section {
  const { basis, sandbox, seeds } = digest
  const { machine } = session
  const hardware = hardwareOf(machine)
  const versions = versionsOf(machine)
  const items = [
    `${written.join(' ')} Every number is computed from the session's records; descriptions are the unchecked words of whoever proposed.`,
    proposalSentence(session, experiments),
    `Machine ${machine.label}: ${hardware.join('; ') || 'nothing more is known'}.`,
    versions.length > 0 ? `Versions: ${list(versions)}.` : '',
    dataSentence(session),
    programSentence(session),
    inheritanceSentence(digest, session),
    basis === null ? '' : `Values: ${lower(basisSentence(basis))}`,
    sandbox === null ? '' : `Sandbox: ${lower(sandboxSentence(sandbox))}`,
    coverageSentence(seeds) === '' ? '' : `Seeds: ${lower(coverageSentence(seeds))}`,
  ]
  return [bullets(items.filter(item => item !== ''))]
}

function proposalSentence({ source, replication, clients }: Session, experiments: Experiment[]): string {
  if (replication !== undefined)
    return `Nobody proposed: its changes are those of ${sanitizeText(replication.session, 80)}.`
  const sandbox = clients.find(client => client.sandbox !== undefined)?.sandbox
  const where =
    sandbox === undefined ? '' : ` The command that proposes ran in a sandbox (${sanitizeText(sandbox, 40)}).`
  return source?.kind === 'table' ? 'Who proposed is not known.' : `Proposals: ${proposers(experiments)}.${where}`
}

/** By what the evaluation reported, and the name that the runs were given, where the report does not have it already. */
function dataSentence(session: Session): string {
  const given = givenData(session)
  const named = given === null ? null : sanitizeText(given, 200)
  if (session.data === null) return named === null ? '' : `Data: ${named}, of which the runs reported nothing.`
  const { name, fingerprint, sha256 = {} } = session.data
  const rows = Object.entries(sha256).map(([split, hash = '']) => `${hash.slice(0, 16)} (${split})`)
  const scored = rows.length === 0 ? '' : `; SHA-256 of the scored rows: ${list(rows)}`
  const asked = named === null || named === name ? '' : ` (${named})`
  return `Data: ${name}${asked}, fingerprint ${fingerprint.slice(0, 16)}${scored}.`
}

function programSentence({ program, contractHash, budget }: Session): string {
  const parts = [
    program === null ? '' : `program: ${program}, contract ${contractHash?.slice(0, 12) ?? 'unknown'}`,
    budget === null ? '' : `${budget} s of training a run`,
  ].filter(part => part !== '')
  return parts.length === 0 ? '' : `${capital(parts.join('; '))}.`
}

/** What the session built on: a commit, and earlier sessions where σ leans on them. */
function inheritanceSentence({ noise }: Digest, { baseCommit, inherited }: Session): string {
  const earlier = noise && noise.earlier.length > 0 ? ` σ leans on earlier sessions: ${list(noise.earlier)}.` : ''
  return `${baseCommit === null ? '' : `Started from commit ${baseCommit.slice(0, 7)}, which is the baseline${inherited === undefined ? '' : `: ${inherited.base.slice(0, 7)} with what was inherited`}.`}${earlier}`.trim()
}

/** "tuner (8)", "claude, opus (60) and tuner (3)" */
export function proposers(experiments: Experiment[]): string {
  const counts = new Map<string, number>()
  for (const { agent } of experiments) {
    if (agent.use === null) continue
    const name = agent.model === null ? agent.use : `${agent.use}, ${agent.model}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts.size === 0 ? 'none were made' : list([...counts].map(([name, n]) => `${name} (${n})`))
}

/** Where a session is from that was not run in this notebook. */
export function importText(
  source: NonNullable<Session['source']>,
  imported: Pick<Imported, 'git' | 'table'> | null,
): string {
  const { from, flags = [], shared } = source
  if (shared !== undefined) return `${sharedSentence({ ...source, shared })} ${measuredElsewhere}`
  const { git = null, table = null } = imported ?? {}
  const what = [
    git ? `, branch ${git.branch}` : '',
    table ? `: ${plural(table.rows, 'row')} of ${table.path}` : '',
    flags.length > 0 ? `, with ${flags.join(' ')}` : '',
  ]
  return `Collected from ${from}${what.join('')}. ${measuredElsewhere}`
}

const measuredElsewhere = 'Nothing in it was measured by this notebook.'

/** How a collected session was read; source.json has each column and line. */
export function importPart({ source }: Session, imported: Imported | null): Section {
  if (source === undefined) return []
  const { notes = [], warnings = [] } = imported ?? {}
  const about = ({ text, experiments }: Note) =>
    `${text.slice(0, MAX_NOTE_CHARACTERS)}${experiments.length === 0 ? '' : ` (${experiments.slice(0, MAX_NAMES).map(experimentName).join(', ')}${experiments.length > MAX_NAMES ? ', …' : ''})`}`
  const items = [...warnings.map(note => `Warning: ${about(note)}`), ...notes.map(about)]
  const left = items.length - MAX_NOTES
  return [
    paragraph(importText(source, imported)),
    ...(items.length === 0
      ? []
      : [bullets([...items.slice(0, MAX_NOTES), ...(left > 0 ? [`${left} more in source.json.`] : [])])]),
  ]
}

const [MAX_NOTES, MAX_NAMES, MAX_NOTE_CHARACTERS] = [20, 8, 400]

export function logPart(
  { metric, bestSingleRun, collected, ofTable = false, replicationOf }: Digest,
  recorded: Experiment[],
): Section {
  if (recorded.length === 0) return []
  const about = bestSingleRun?.baseline ?? 1
  const replicated = changesByNumber(replicationOf)
  const experiments = withFoundGains(recorded, replicationOf)
  const text = ledgerText(experiments)
  const diffs = experiments.some(e => e.number > 0 && e.linesAdded !== null)
  const memory = experiments.some(e => e.memoryMb !== null && e.memoryMb > 0)
  const columns: Column<Experiment>[] = [
    { head: 'Experiment', cell: e => experimentName(e.number) },
    { head: 'Status', cell: e => experimentWord(e, replicated.get(e.number)) },
    {
      head: metric.name,
      align: 'right',
      cell: e => (e.metric === null ? '–' : text(e.metric, e.decision ? [e.decision.head] : [])),
    },
    {
      head: replicationOf === null ? 'Δ vs best' : 'Δ vs baseline',
      align: 'right',
      cell: e => (e.decision ? delta(e.decision.gain, metric, about) : '–'),
    },
    ...(memory
      ? [{ head: 'Memory', align: 'right' as const, cell: ({ memoryMb }: Experiment) => memoryText(memoryMb) }]
      : []),
    ...(diffs
      ? [{ head: 'Lines', align: 'right' as const, cell: (e: Experiment) => (e.number === 0 ? '–' : lines(e)) }]
      : []),
    { head: 'Change', cell: e => brief(e.description) },
    // Of a collected table the reason repeats the status.
    ...(ofTable ? [] : [{ head: 'Reason', cell: (e: Experiment) => brief(e.reason) }]),
  ]
  const where = ofTable
    ? "A line of experiments.jsonl in the session's folder has each experiment's numbers."
    : `The session's folder has the patches${collected ? '' : ' and logs'}, e.g. ${files.patch('.', 1)}; a line of experiments.jsonl there has each experiment's numbers.`
  return [table(experiments, columns), paragraph(where)]
}

const memoryText = (memoryMb: number | null): string => (memoryMb === null ? '–' : `${(memoryMb / 1024).toFixed(1)} GB`)
