/** The summary of a session or a week on the terminal. */
import { basename, join, relative } from 'node:path'
import { rerunsEach } from '../analysis/confirm/seeds.ts'
import { inheritedSentences } from '../analysis/inherited.ts'
import { plusMinus, usedTexts } from '../analysis/numbers.ts'
import { resultDetails } from '../analysis/result/details.ts'
import { type NextStep, nextStepText, withProgram } from '../analysis/result/nextStep.ts'
import { resultParagraph, resultSentences } from '../analysis/result/sentences.ts'
import { namingText, whyUnknown } from '../analysis/result/unknown.ts'
import type { Digest } from '../analysis/schema.ts'
import { command, shellWord } from '../lib/command.ts'
import { metricText } from '../lib/format.ts'
import { notebook } from '../lib/paths.ts'
import type { Terminal } from '../lib/terminal/terminal.ts'
import { capital, plural } from '../lib/text.ts'
import { findProgram } from '../ratchet/session/open.ts'
import { experimentName, files, readSessionRecord } from '../record/files/paths.ts'
import type { Writing } from './agent/schema.ts'
import { ablated, ablationLabel, notRemovable } from './sections/ablation.ts'
import type { Week } from './several/schema.ts'

/**
 * Prints the result, what it rests on, the path of the report and the next command.
 * @param session command of a next session; null: on the same program.md, with its agent
 */
export async function printSessionSummary(
  terminal: Terminal,
  folder: string,
  digest: Digest,
  session: string | null = null,
): Promise<void> {
  const sentences = resultSentences(digest)
  terminal.headline(resultParagraph(sentences))
  const inherited = inheritedSentences(digest)
  if (inherited !== null) terminal.step('inherited', `${inherited.from} ${inherited.gains}`)
  if (sentences.counts !== '') terminal.step('counts', sentences.counts)
  for (const detail of resultDetails(digest)) terminal.step(detail.key, detail.text)
  for (const k of ablated(digest)) terminal.step('without', ablatedText(k, digest))
  for (const k of notRemovable(digest))
    terminal.step('without', `${experimentName(k.experiment)} not run: ${k.ablationError}`)
  if (digest.unknown && digest.next.kind !== 'collect') {
    terminal.step('status', `${capital(whyUnknown(digest.unknown))}. ${namingText(digest.unknown)}:`)
    terminal.step('', digest.unknown.again)
  }
  if (digest.final?.kind === 'pruned') terminal.step(...finalStep(digest.final))
  terminal.step('report', relative(process.cwd(), join(files.report(folder))))
  // A collected session, whose next step is another, ran elsewhere.
  if (digest.confirmed?.verdict === 'better' && digest.next.kind === 'session') {
    terminal.step('adopt', 'Make a branch of the confirmed changes:')
    terminal.step('', command(`adopt ${shellWord(basename(folder))}`))
  }
  terminal.step('next', `${nextStepText(digest)}:`)
  const isSession = digest.next.kind === 'session' && session !== null
  terminal.step('', isSession ? session : await nextFromHere(folder, digest.next))
}

/**
 * The next command with the path of program.md on this machine: the records have the path from the notebook that made
 * them, those of earlier versions only the one in its repository. Unchanged where this machine has no record of the path.
 */
async function nextFromHere(folder: string, next: NextStep): Promise<string> {
  const program = await findProgram(basename(folder), '')
  if (program === '') return next.command
  return withProgram(next, relative(notebook, program), await readSessionRecord(folder))
}

/** Prints whether the agent wrote, what the checker found, and its cost; nothing if no agent was asked. */
export function printAuthorSummary(terminal: Terminal, writing: Writing | null): void {
  if (writing === null) return
  const { use, wrote, failed, rounds, cut, seconds } = writing
  const spent = usedTexts(writing)
  const cost = spent.length > 0 ? `; ${spent.join(', ')}` : ''
  const found = `the checker found ${rounds.map(round => round.length).join(', then ')}; ${cut.length} cut`
  const text = wrote
    ? `${use}: ${found}${failed === null ? '' : `; ${failed}`}`
    : `by the template: ${use} failed: ${failed}`
  terminal.step('prose', `${text}${cost}`, seconds)
}

/** Prints what the sessions share in one line, and the path of the report. */
export function printWeekSummary(terminal: Terminal, path: string, { sessions, lessons }: Week): void {
  const of = (verdict: Week['lessons'][number]['verdict']) => lessons.filter(l => l.verdict === verdict).length
  terminal.headline(
    `${plural(sessions.length, 'session')}, ${plural(lessons.length, 'change')} kept: ${of('replicated')} replicated, ` +
      `${of('contradicted') + of('mixed')} contradicted, ${of('untested')} untested in other sessions.`,
  )
  terminal.step('report', relative(process.cwd(), path))
}

/** Where the pruned head is; the details say what was taken out. */
const finalStep = ({ branch, commit }: NonNullable<Digest['final']>): [verb: string, text: string] =>
  branch === null ? ['commit', `${commit?.slice(0, 7)} is the final`] : ['branch', `${branch} has the final`]

/** "0003 1.009100, so it is worth −0.0012 ± 0.0004 loss (95%, 3 seeds each): confirmed" */
function ablatedText({ experiment, ablation }: ReturnType<typeof ablated>[number], { metric, seeds }: Digest): string {
  const score = metricText(ablation.baseline, [ablation.head])
  return `${experimentName(experiment)} ${score}, so it is worth ${plusMinus(ablation, metric)} ${metric.name} (95%, ${rerunsEach(seeds, ablation.seeds)}): ${ablationLabel(ablation)}`
}
