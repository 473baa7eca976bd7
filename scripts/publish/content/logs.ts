/** The ends of the experiments' logs and their transcripts, as folds of a post; only where the user asks for them. */
import type { RootContent } from 'mdast'
import { readFoundSync } from '../../lib/files/regularFile.ts'
import { sanitizeLines } from '../../lib/text.ts'
import { readLogEnd } from '../../record/files/logEnd.ts'
import { experimentName, files } from '../../record/files/paths.ts'
import { maxBytes } from '../../record/limits.ts'
import type { Experiment } from '../../record/schema.ts'
import { heading, paragraph } from '../../report/nodes.ts'
import { fold } from '../../report/render/fold.ts'

/** Bytes of a transcript above which it stays on this machine. */
const MAX_TRANSCRIPT = 20_000

/**
 * @param clean takes keys and names out of a text
 * @param session its name, where the post has several
 * @returns a section; empty where there are neither logs nor transcripts
 */
export function logsSection(
  folder: string,
  experiments: Experiment[],
  clean: (text: string) => string,
  session?: string,
): RootContent[] {
  const blocks = experiments
    .toSorted((a, b) => a.number - b.number)
    .flatMap(e => [...logOf(folder, e, clean), ...transcriptOf(folder, e, clean)])
  const title = `Logs and transcripts${session === undefined ? '' : ` of ${session}`}`
  return blocks.length === 0 ? [] : [heading(2, title), ...blocks]
}

function logOf(folder: string, e: Experiment, clean: (text: string) => string): RootContent[] {
  const end = readLogEnd(folder, e, clean)
  if (end === null || end.text === '') return []
  return [fold(code(end.text), `${experimentName(e.number)}: ${end.whole ? 'log' : 'the last lines of the log'}`)]
}

function transcriptOf(folder: string, { number }: Experiment, clean: (text: string) => string): RootContent[] {
  const found = readFoundSync(files.proposal(folder, number), { limit: maxBytes.transcript, root: folder })
  if (found.kind !== 'file' || found.size === 0) return []
  const summary = `${experimentName(number)}: transcript of the proposal`
  if (found.size > MAX_TRANSCRIPT)
    return [fold(paragraph(`It has ${Math.round(found.size / 1000)} kB, too much to be posted.`), summary)]
  return [fold(code(clean(sanitizeLines(found.bytes.toString('utf8')))), summary)]
}

/** Without a language: GitHub draws some. */
const code = (text: string): RootContent => ({ type: 'code', lang: null, value: text.trimEnd() })
