/** The records beside the journal: session.json, experiments.jsonl and results.tsv, written from the state. */
import { appendText, writeAtomic } from '../lib/files/disk.ts'
import { jsonLine, jsonText } from '../lib/text.ts'
import { files } from './files/paths.ts'
import { resultsHeader, resultsLine } from './files/results.ts'
import type { Experiment, Session } from './schema.ts'
import type { State } from './state.ts'

/** Writes session.json. */
export const writeSession = (folder: string, session: Session): Promise<void> =>
  writeAtomic(files.session(folder), jsonText(session))

/** Appends an experiment to experiments.jsonl and results.tsv; the cost does not grow with the session. */
export async function appendExperiment(folder: string, experiment: Experiment): Promise<void> {
  await appendText(files.experiments(folder), jsonLine(experiment))
  await appendText(files.results(folder), resultsLine(experiment))
}

/** Rewrites experiments.jsonl and results.tsv: at the start, and after another run of an earlier experiment. */
export async function writeTables(folder: string, { session, experiments }: State): Promise<void> {
  await writeAtomic(files.experiments(folder), experiments.map(e => jsonLine(e)).join(''))
  await writeAtomic(files.results(folder), resultsHeader(session.metric.name) + experiments.map(resultsLine).join(''))
}
