/** The records beside the journal: session.json, experiments.jsonl and results.tsv, written from the state. */
import { appendText, writeAtomic } from '../lib/disk.ts'
import { jsonLine, jsonText } from '../lib/text.ts'
import { files } from './files.ts'
import { resultsHeader, resultsLine } from './results.ts'
import type { Experiment, Session } from './schema.ts'
import type { State } from './state.ts'

/** session.json, as it is now. */
export const writeSession = (folder: string, session: Session): Promise<void> =>
  writeAtomic(files.session(folder), jsonText(session))

/** Adds one experiment to the end of the two tables; the cost of a session's last experiment is that of its first. */
export async function appendExperiment(folder: string, experiment: Experiment): Promise<void> {
  await appendText(files.experiments(folder), jsonLine(experiment))
  await appendText(files.results(folder), resultsLine(experiment))
}

/** Writes both tables anew: at the start, and when an older experiment got another run. */
export async function writeTables(folder: string, { session, experiments }: State): Promise<void> {
  await writeAtomic(files.experiments(folder), experiments.map(e => jsonLine(e)).join(''))
  await writeAtomic(files.results(folder), resultsHeader(session.metric.name) + experiments.map(resultsLine).join(''))
}
