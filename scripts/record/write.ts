/** The records beside the journal: session.json, experiments.jsonl and results.tsv, written from the state. */
import { appendText } from '../lib/files/disk.ts'
import { jsonLine, jsonText } from '../lib/text.ts'
import { files } from './files/paths.ts'
import { isWritableFile, writeRecord } from './files/restore.ts'
import { resultsHeader, resultsLine } from './files/results.ts'
import type { Experiment, Session } from './schema.ts'
import type { State } from './state.ts'

/** Writes session.json. */
export const writeSession = (folder: string, session: Session): Promise<void> =>
  writeRecord(files.session(folder), jsonText(session))

/**
 * Appends an experiment, which is in the state, to experiments.jsonl and results.tsv; the cost does not grow with the
 * session. A table that something removed or replaced is written again as a whole, and so is the other.
 */
export async function appendExperiment(folder: string, state: State, experiment: Experiment): Promise<void> {
  const tables = [files.experiments(folder), files.results(folder)]
  const areThere = await Promise.all(tables.map(isWritableFile))
  if (areThere.includes(false)) return writeTables(folder, state)
  await appendText(files.experiments(folder), jsonLine(experiment))
  await appendText(files.results(folder), resultsLine(experiment))
}

/** Writes experiments.jsonl and results.tsv as a whole: at the start, and after another run of an earlier experiment. */
export async function writeTables(folder: string, { session, experiments }: State): Promise<void> {
  await writeRecord(files.experiments(folder), experiments.map(e => jsonLine(e)).join(''))
  await writeRecord(files.results(folder), resultsHeader(session.metric.name) + experiments.map(resultsLine).join(''))
}
