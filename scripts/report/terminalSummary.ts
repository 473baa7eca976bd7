/** The summary of a session or a week on the terminal. */
import { basename, join, relative } from 'node:path'
import { evaluationSentence } from '../analysis/confirm/evaluationNoise.ts'
import { finalName } from '../analysis/confirm/final.ts'
import { coverageSentence, holdoutNote, noisePlace, rerunsEach } from '../analysis/confirm/seeds.ts'
import { withProgram } from '../analysis/nextStep.ts'
import { plusMinus, twoDigits } from '../analysis/numbers.ts'
import {
  besidesKept,
  headAndBest,
  holdoutGapText,
  leadPhrases,
  nothingMeasured,
  outcomeOf,
  plannedRunsText,
} from '../analysis/outcome.ts'
import type { Digest } from '../analysis/schema.ts'
import { measuredText, namingText, whyUnknown } from '../analysis/unknown.ts'
import { change, metricText, percent, signed } from '../lib/format.ts'
import { notebook } from '../lib/paths.ts'
import type { Terminal } from '../lib/terminal.ts'
import { capital, plural } from '../lib/text.ts'
import { findProgram } from '../ratchet/session/open.ts'
import { experimentName, files } from '../record/files.ts'
import type { Confirmed } from '../stats/confirm.ts'
import type { Writing } from './agent/schema.ts'
import { ablated, ablationLabel, notRemovable } from './sections/ablation.ts'
import type { Week } from './several/schema.ts'

/** Prints the result, how it was measured, the path of the report and the next command. */
export async function printSessionSummary(terminal: Terminal, folder: string, digest: Digest): Promise<void> {
  terminal.headline(summaryHeadline(digest))
  const coverage = coverageSentence(digest.seeds)
  if (digest.confirmed && coverage !== '') terminal.step('seeds', coverage)
  const evaluation = evaluationSentence(digest, true)
  if (evaluation !== '') terminal.step('rows', evaluation)
  if (digest.confirmed?.spread) terminal.step('spread', spreadText(digest.confirmed.spread, digest))
  if (digest.holdout) terminal.step('holdout', gainText(digest.holdout, digest, '', digest.metric.holdout ?? undefined))
  if (digest.gap) terminal.step('holdout', `in the same runs, its gain is ${holdoutGapText(digest.gap)}`)
  for (const k of ablated(digest)) terminal.step('without', ablatedText(k, digest))
  for (const k of notRemovable(digest))
    terminal.step('without', `${experimentName(k.experiment)} not run: ${k.ablationError}`)
  if (digest.bestSingleRun) terminal.step(...bestStep(digest, digest.bestSingleRun))
  const apart = headAndBest(digest)
  if (apart !== null) terminal.step('head', apart)
  if (digest.unknown) {
    const besides = besidesKept(digest)
    if (besides !== null) terminal.step('unknown', besides)
    terminal.step('status', `${capital(whyUnknown(digest.unknown))}. ${namingText(digest.unknown)}`)
    terminal.step('', digest.unknown.again)
  }
  if (digest.final?.kind === 'pruned') terminal.step('final', finalText(digest.final))
  terminal.step('report', relative(process.cwd(), join(files.report(folder))))
  terminal.step('next', await nextFromHere(basename(folder), digest.next))
}

/**
 * The next command with the path of program.md from this notebook, where pnpm runs commands: a digest has its path in
 * the repository that holds it, which may be another one. Unchanged where this machine has no record of the path.
 */
async function nextFromHere(id: string, next: string): Promise<string> {
  const program = await findProgram(id, '')
  if (program === '') return next
  return withProgram(next, relative(notebook, program))
}

/** Prints whether the agent wrote, what the checker found, and its cost; nothing if no agent was asked. */
export function printAuthorSummary(terminal: Terminal, writing: Writing | null): void {
  if (writing === null) return
  const { use, wrote, failed, rounds, cut, seconds, tokens, costUsd } = writing
  const spent = [
    ...(tokens === null ? [] : [`${tokens.toLocaleString('en-US')} tokens`]),
    ...(costUsd === null ? [] : [`$${costUsd.toFixed(2)}`]),
  ]
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

/**
 * E.g. "Confirmed: −0.0312 ± 0.0040 val_bpb (95%, 2 seeds each)."; it states equally plainly that no gain was
 * confirmed.
 */
export function summaryHeadline(digest: Digest): string {
  const { metric } = digest
  const outcome = outcomeOf(digest)
  switch (outcome.kind) {
    case 'empty':
      return nothingMeasured
    case 'no-baseline':
      return digest.collected && digest.measured === 0
        ? `Nothing was measured: no row has a value of ${metric.name}.`
        : 'The baseline gave no value, so there is nothing to compare with.'
    case 'nothing-kept':
      if (outcome.tried === 0) return `Only the baseline was run: ${metric.name} ${metricText(outcome.baseline)}.`
      return `Nothing was kept${outcome.kept > 0 ? ' with a value' : ''}: ${metric.name} stays at the baseline's ${metricText(outcome.baseline)}.`
    case 'unknown':
      return `What was kept is not known. ${measuredText(outcome.unknown, metric, outcome.baseline, digest.measured)}.`
    case 'unconfirmed':
      if (outcome.bestSingleRun.gain <= 0) {
        const { best, baseline } = outcome.bestSingleRun
        return `No gain is claimed: the best kept change has ${metric.name} ${metricText(best, [baseline])}, the baseline ${metricText(baseline, [best])}.`
      }
      return `Not yet confirmed: ${digest.pairs === null ? 'best single run' : 'the kept gains add up to'} ${signed(change(outcome.bestSingleRun.gain, metric.goal), 4)} ${metric.name}.`
    case 'confirmed':
    case 'inconclusive':
    case 'worse':
      return `${leadPhrases[outcome.kind]}: ${gainText(outcome.confirmed, digest, holdoutNote(metric, digest.holdout))}.`
  }
}

/** E.g. "the head without 0007 and 0012 (P(real) 21%, 35%); branch autoresearch/nov21-final". */
function finalText(final: NonNullable<Digest['final']>): string {
  const chances = final.removed.toReversed().map(({ pReal }) => percent(pReal))
  const where = final.branch === null ? `commit ${final.commit?.slice(0, 7)}` : `branch ${final.branch}`
  return `${finalName(final)} (P(real) ${chances.join(', ')}); ${where}`
}

/** @param name of the metric; by default that of val */
function gainText(confirmed: Confirmed, { metric, seeds }: Digest, note = '', name = metric.name): string {
  const { seeds: n, plannedRuns, looks } = confirmed
  const planned = plannedRuns === 0 ? '' : `and ${plannedRunsText(confirmed)}`
  const runs = [rerunsEach(seeds, n), planned, looks > 1 ? `${looks} looks` : '', note].filter(text => text !== '')
  return `${plusMinus(confirmed, metric)} ${name} (95%, ${runs.join(', ')})`
}

const spreadText = ({ baseline, head }: NonNullable<Confirmed['spread']>, { seeds }: Digest): string =>
  `${noisePlace(seeds)} the head varies by ${twoDigits(head)}, more than the baseline's ${twoDigits(baseline)}, by a test at 5%`

/** "0003 1.009100, so it is worth −0.0012 ± 0.0004 loss (95%, 3 seeds each): confirmed" */
function ablatedText({ experiment, ablation }: ReturnType<typeof ablated>[number], digest: Digest): string {
  const score = metricText(ablation.baseline, [ablation.head])
  return `${experimentName(experiment)} ${score}, so it is worth ${gainText(ablation, digest)}: ${ablationLabel(ablation)}`
}

function bestStep(digest: Digest, claimed: NonNullable<Digest['bestSingleRun']>): [verb: string, text: string] {
  if (claimed.experiment === 0) return ['baseline', `${metricText(claimed.baseline)}${keptCount(digest)}`]
  return [digest.pairs === null ? 'best run' : 'claimed', claimedText(digest, claimed)]
}

/** "; 1 of 5 experiments kept, 2 of unknown status"; empty for a baseline alone. */
function keptCount({ experiments, tried }: Digest): string {
  const all = experiments - 1
  if (all <= 0) return ''
  const unknown = tried.unknown ?? 0
  if (unknown > 0 && (tried.keep ?? 0) === 0)
    return `; of ${unknown < all ? `${unknown} of ` : ''}${plural(all, 'experiment')} it is not known whether ${unknown === 1 ? 'it was' : 'they were'} kept`
  const rest = unknown > 0 ? `, ${unknown} of unknown status` : ''
  return `; ${tried.keep ?? 0} of ${plural(all, 'experiment')} kept${rest}`
}

function claimedText(digest: Digest, claimed: NonNullable<Digest['bestSingleRun']>): string {
  const { metric, pairs } = digest
  const from = `${metricText(claimed.baseline, [claimed.best])} to ${metricText(claimed.best, [claimed.baseline])}`
  const how = pairs === null ? 'in single runs' : 'as the sum of the kept gains'
  return `${signed(change(claimed.gain, metric.goal), 4)} ${how}, ${from}${keptCount(digest)}`
}
