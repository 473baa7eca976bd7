/** Paths of a session's files, and readers that validate its records by their schemas. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { exists, isMissing, listIfThere, orWarn, readJson, readJsonLines } from '../../lib/files/read.ts'
import { experimentName } from '../../lib/format.ts'
import { type Experiment, experimentSchema, type Session, sessionSchema } from '../schema.ts'
import { upgradeExperiment, upgradeSession } from '../schema1.ts'

export { experimentName }

export const files = {
  journal: (session: string) => join(session, 'journal.jsonl'),
  session: (session: string) => join(session, 'session.json'),
  experiments: (session: string) => join(session, 'experiments.jsonl'),
  results: (session: string) => join(session, 'results.tsv'),
  digest: (session: string) => join(session, 'digest.json'),
  report: (session: string) => join(session, 'report.md'),
  /** The report with references instead of numbers. */
  reportSource: (session: string) => join(session, 'report.source.md'),
  /** Who wrote the report's prose, and what the checker found in it. */
  reportCheck: (session: string) => join(session, 'report.check.json'),
  /** The transcript of the agent that wrote the report. */
  reportTranscript: (session: string) => join(session, 'report.jsonl'),
  /** How the columns of a collected session were read. */
  mapping: (session: string) => join(session, 'source.json'),
  rejected: (session: string) => join(session, 'rejected.jsonl'),
  /** The editable files of the baseline. */
  source: (session: string) => join(session, 'source'),
  /** The versions of program.md's prose, by hash. */
  program: (session: string) => join(session, 'program'),
  prose: (session: string, hash: string) => join(session, 'program', `${hash}.md`),
  /** All that belongs to one experiment: its patch, the transcript of its proposal, and its runs. */
  experiment: (session: string, experiment: number) => join(session, 'runs', experimentName(experiment)),
  patch: (session: string, experiment: number) => join(files.experiment(session, experiment), 'change.patch'),
  /** The pruned head against the baseline; only where the head was pruned. */
  finalPatch: (session: string) => join(session, 'final.patch'),
  /** The transcript of the agent's proposal. */
  proposal: (session: string, experiment: number) => join(files.experiment(session, experiment), 'proposal.jsonl'),
  run: (session: string, experiment: number, k: number) => join(files.experiment(session, experiment), String(k)),
  log: (session: string, experiment: number, k: number) => join(files.run(session, experiment, k), 'run.log'),
  /** What the run's evaluator printed. */
  evaluatorLog: (session: string, experiment: number, k: number) =>
    join(files.run(session, experiment, k), 'evaluator.log'),
  curve: (session: string, experiment: number, k: number) => join(files.run(session, experiment, k), 'curve.csv'),
  /** Nats and bytes of each row of the evaluation. */
  rows: (session: string, experiment: number, k: number, split: 'val' | 'holdout') =>
    join(files.run(session, experiment, k), `rows-${split}.csv`),
}

const storedSession = z.preprocess(upgradeSession, sessionSchema)
const storedExperiment = z.preprocess(upgradeExperiment, experimentSchema)

/**
 * Reads session.json and experiments.jsonl, of this schema or an older one.
 * @throws {Failure} naming the file and its first error
 */
export async function readSession(folder: string): Promise<{ session: Session; experiments: Experiment[] }> {
  const session = await readSessionRecord(folder)
  const experiments = await readJsonLines(files.experiments(folder), storedExperiment, recordAdvice(folder))
  return { session, experiments }
}

/** Reads session.json alone. @throws {Failure} when it is missing, is not JSON or does not match the schema */
export async function readSessionRecord(folder: string): Promise<Session> {
  const path = files.session(folder)
  return readJson(path, storedSession, recordAdvice(folder)).catch((error: unknown) => {
    if (!isMissing(error) || existsSync(files.journal(folder))) throw error
    throw new Failure(
      `${path} cannot be read: it does not exist.`,
      'Name a folder under sessions/ that a session has written.',
      { cause: error instanceof Failure ? error.cause : error },
    )
  })
}

/** What to do about a session.json or experiments.jsonl that cannot be read. */
const recordAdvice = (folder: string): string =>
  existsSync(files.journal(folder))
    ? `\`${command(`session resume ${basename(folder)}`)}\` writes it again from journal.jsonl, and goes on where the session is not over.`
    : `Restore it from a copy, or collect the session again with \`${command('collect')}\`.`

/** What to do about a digest.json that cannot be read. */
export const digestAdvice = (folder: string): string => `\`${command(`report ${basename(folder)}`)}\` writes it again.`

/** Ids of the sessions in a folder (subfolders with a session.json), oldest first. */
export async function listSessions(root: string): Promise<string[]> {
  const found: string[] = []
  for (const name of (await listIfThere(root)).sort())
    if (await orWarn(exists(files.session(join(root, name))))) found.push(name)
  return found
}

/** The keys that order sessions by age, and tell own ones. Other errors in a record are reported when it is read in full. */
const startSchema = z.object({ startedAt: z.string().nullish(), source: z.unknown().optional() })

/** Ids in order of their start, newest first. Sessions whose session.json cannot be read are left out with a warning. */
export async function newestFirst(root: string, ids: string[]): Promise<string[]> {
  return (await readStarts(root, ids)).map(({ id }) => id)
}

async function readStarts(root: string, ids: string[]): Promise<{ id: string; at: string; isOwn: boolean }[]> {
  const started = await Promise.all(
    ids.map(async id => {
      const folder = join(root, id)
      const record = await orWarn(readJson(files.session(folder), startSchema, recordAdvice(folder)))
      return record && { id, at: record.startedAt ?? '', isOwn: record.source === undefined }
    }),
  )
  return started.filter(read => read !== null).sort((a, b) => (a.at < b.at ? 1 : -1))
}

/**
 * The id of the newest session that can be read, of those that this notebook ran; where it ran none, of all. So a command
 * without a name never acts on what `pnpm sync` brought last.
 * @param of ids to choose from, by default all in `root`
 * @throws {Failure} when there is none
 */
export async function newestSession(root: string, of?: string[]): Promise<string> {
  const ids = of ?? (await listSessions(root))
  const readable = await readStarts(root, ids)
  const newest = readable.find(({ isOwn }) => isOwn) ?? readable[0]
  if (newest !== undefined) return newest.id
  throw ids.length > 0
    ? new Failure(`No session in ${root} can be read.`, 'Mend one as its warning says.')
    : new Failure(`There is no session in ${root}.`, `Make one: \`${command('demo')}\`, or \`${command('session')}\`.`)
}
