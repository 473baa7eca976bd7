/** The first paragraphs of a description: how much better, how sure that is, and where the changes are from. Pure. */
import { lostRunsText, overBudgetSentence } from '../../../analysis/confirm/runs.ts'
import { coverageSentence, rerunsEach } from '../../../analysis/confirm/seeds.ts'
import { machineName } from '../../../analysis/machineName.ts'
import { briefDelta, fromTo, plusMinus } from '../../../analysis/numbers.ts'
import { betterText, shareBetween } from '../../../analysis/relative.ts'
import { selectionSentence } from '../../../analysis/result/sentences.ts'
import { capital, plural } from '../../../lib/text.ts'
import { isPaired } from '../../../record/pairs.ts'
import type { Experiment } from '../../../record/schema.ts'
import { proposers } from '../../../report/sections/closing.ts'
import type { Compared, Facts } from './facts.ts'

/** Sentences of the result, by paragraph. */
export function resultParagraphs(facts: Facts): string[][] {
  const { compared } = facts
  return [
    compared === null ? unmeasured(facts) : measured(facts, compared),
    [
      searchSentence(facts),
      // The loop's runs still say how much runs vary, and planned ones of the code before are among its own.
      compared === null || compared.planned > 0
        ? ''
        : 'The averages above are of runs that were made after the search and chose no edit.',
      'What stands above “The search in detail” is filled in from the records by a template, not written by a model.',
    ],
  ]
}

/** "val_bpb (bits/byte; lower is better)" */
export function metricName({ input }: Facts): string {
  const { name, unit, goal } = input.digest.metric
  return `${name} (${unit === null ? '' : `${unit}; `}${betterText(goal)})`
}

function measured(facts: Facts, compared: Compared): string[] {
  const { digest } = facts.input
  const { metric, seeds } = digest
  const share = shareBetween(compared.baseline, compared.after)
  const values = `from ${fromTo(compared.baseline, compared.after).replace(' → ', ' to ')}${share === null ? '' : `, ${share}`}`
  const change = `${plusMinus(compared, metric)} (95% interval)`
  const first = {
    better: `With this branch ${metricName(facts)} goes ${values}: a change of ${change}.`,
    inconclusive: `Not shown to be better: with this branch ${metricName(facts)} goes ${values}, a change of ${change}, which includes zero.`,
    worse: `Worse: with this branch ${metricName(facts)} goes ${values}, a change of ${change}.`,
  }[compared.verdict]
  const planned =
    compared.planned === 0
      ? ''
      : `, and of the code before ${plural(compared.planned, 'more run')} that ${compared.planned === 1 ? 'was' : 'were'} planned before anything was measured`
  const looks =
    compared.looks > 1
      ? ` The two were compared ${compared.looks} times as they grew, which the interval allows for.`
      : ''
  const lost = ofBranch(facts) ? '' : lostRunsText(digest.confirmRuns)
  return [
    first,
    isByPairs(facts, compared)
      ? 'The change is averaged over pairs of runs, so it need not equal the difference of the two averages.'
      : '',
    `The code before and after was run again for this, after the search: ${rerunsEach(seeds, compared.runs)}${planned}.${looks}`,
    lost === '' ? '' : `${lost}.`,
    addedSentence(facts),
    shortfallSentence(facts),
  ]
}

/** How the change was measured, for who wants to check it. */
export function measurementSentences(facts: Facts): string[] {
  const { compared, input } = facts
  if (compared === null) return []
  return [pairedSentence(facts, compared), coverageSentence(input.digest.seeds), earlierSentence(facts)]
}

/** Of a session with `judge: paired`, whose change is not the difference of the averages; of fewer than four pairs it is. */
function pairedSentence(facts: Facts, compared: Compared): string {
  if (!isByPairs(facts, compared)) return ''
  return 'The runs were made in pairs side by side, and the change is the average of the middle third of the differences in pairs, so that outliers do not decide.'
}

const isByPairs = ({ input }: Facts, { runs }: Compared): boolean => isPaired(input.session) && runs >= 4

const ofBranch = ({ proposal }: Facts): boolean => (proposal.adopted?.adoption.measured ?? null) !== null

/** What was found of the same files before the branch was made. */
function earlierSentence({ earlier, input }: Facts): string {
  if (earlier === null) return ''
  const { metric } = input.digest
  return `An earlier comparison of the same code gave ${plusMinus(earlier, metric)}.`
}

function addedSentence({ proposal }: Facts): string {
  const added = proposal.adopted?.added ?? 0
  if (added === 0) return ''
  return `${capital(plural(added, 'commit'))} of the branch came after these runs, which are of ${proposal.adopted?.adoption.tip.slice(0, 7)}.`
}

function shortfallSentence({ proposal, input }: Facts): string {
  const { shortfall = null, promised = null } = proposal.adopted?.adoption ?? {}
  if (!shortfall?.isBeyondChance || promised === null) return ''
  const about = input.digest.bestSingleRun?.baseline ?? 1
  const by = promised.by === 'sum' ? 'what the changes gained in the search, added up' : 'what was measured before'
  return `That is less than ${by}, ${briefDelta(promised.gain, input.digest.metric, about)}, by more than chance.`
}

/** Nothing was run again: the gain of the search is all there is. */
function unmeasured(facts: Facts): string[] {
  const { input, proposal } = facts
  const { digest } = input
  const { metric, bestSingleRun, confirmRuns } = digest
  const adoption = proposal.adopted?.adoption ?? null
  const about = bestSingleRun?.baseline ?? 1
  const gain = adoption === null ? (bestSingleRun?.gain ?? null) : (adoption.promised?.gain ?? null)
  const over = adoption === null ? confirmRuns.overBudget : null
  return [
    over === null
      ? `Not confirmed: this branch was not compared with the code before it by runs after the search, so its effect on ${metricName(facts)} is not known well.`
      : `Not confirmed: this branch ran longer than the code before it, so its effect on ${metricName(facts)} is not comparable. ${overBudgetSentence(over)}`,
    adoption?.notMeasured ? `${adoption.notMeasured.replace(/[.!?]?$/, '.')}` : '',
    gain === null
      ? ''
      : `In the runs of the search ${metric.name} changed by ${briefDelta(gain, metric, about)}${adoption === null ? '' : ', the sum of the single changes'}. ${selectionSentence(digest)}`,
    addedSentence(facts),
  ]
}

/** How the changes were found, for a reader who does not know such a search. */
function searchSentence({ input }: Facts): string {
  const { digest, session, experiments } = input
  const tried = Math.max(0, digest.experiments - 1)
  const edit = Array.isArray(session.contract.edit) ? session.contract.edit.map(String) : []
  const where = edit.length === 1 ? ` of ${edit[0]}` : ''
  const training = session.readsBudget && session.budget !== null ? ` trained for ${session.budget} s and` : ''
  const on = machineName(session.machine)
  return [
    `The changes are from an automated search (autoresearch, session ${session.id}): ${plural(tried, 'edit')}${where} ${tried === 1 ? 'was' : 'were'} tried on ${on === 'CPU' ? 'a CPU' : on}, each${training} scored by ${digest.metric.name}${typeof session.contract.run === 'string' ? ', which its run prints' : ''}, and what was judged better than the last kept edit was kept: ${digest.tried.keep ?? 0}.`,
    session.source?.kind === 'table' ? 'Who proposed them is not recorded.' : proposedSentence(experiments),
  ]
    .filter(text => text !== '')
    .join(' ')
}

const models = new Set(['claude', 'codex', 'gemini', 'opencode'])

/** Who made the edits: many projects ask whether AI did. */
function proposedSentence(experiments: Experiment[]): string {
  const uses = experiments.flatMap(({ agent }) => agent.use ?? [])
  const by = proposers(experiments).replace(/\((\d+)\)/g, (_, count: string) => `(${plural(Number(count), 'edit')})`)
  if (uses.length === 0) return `Proposed by: ${by}.`
  if (uses.every(use => models.has(use))) return `Proposed by AI: ${by}.`
  if (uses.every(use => use === 'tuner'))
    return `Proposed by: ${by}, a program that changes constants by rules and is no AI model.`
  return `Proposed by: ${by}${uses.some(use => models.has(use)) ? ', an AI model among them' : ''}.`
}
