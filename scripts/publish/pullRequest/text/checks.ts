/** Which checks the change passed, which it did not, and what was not checked. Pure. */
import type { RootContent } from 'mdast'
import { basisSentence } from '../../../analysis/confirm/basis.ts'
import { machineName } from '../../../analysis/machineName.ts'
import { list, plusMinus } from '../../../analysis/numbers.ts'
import { holdoutGapText } from '../../../analysis/result/phrases.ts'
import { named } from '../../../lib/text.ts'
import { secondsText } from '../../../record/overBudget.ts'
import { bullets, paragraph } from '../../../report/nodes.ts'
import { costChecks } from './cost.ts'
import type { Check, Facts } from './facts.ts'
import { measurementSentences } from './result.ts'

export function checksSection(facts: Facts): RootContent[] {
  const all = [
    rerunCheck(facts),
    holdoutCheck(facts),
    filesCheck(facts),
    ...costChecks(facts),
    scoreCheck(facts),
    scope(facts),
    review,
  ]
  const details = measurementSentences(facts).filter(text => text !== '')
  return [
    bullets(all.flatMap(check => (check === null ? [] : [`${check[0]}: ${check[1]}`]))),
    ...(details.length === 0 ? [] : [paragraph(...details)]),
  ]
}

function rerunCheck({ compared }: Facts): Check {
  switch (compared?.verdict) {
    case undefined:
      return ['Not checked', 'whether the improvement is more than noise: there are no runs for it after the search.']
    case 'better':
      return [
        'Passed',
        'the improvement is more than noise: in runs after the search its whole 95% interval is an improvement.',
      ]
    case 'inconclusive':
      return [
        'Not passed',
        'whether the improvement is more than noise: in runs after the search its 95% interval includes zero.',
      ]
    case 'worse':
      return ['Not passed', 'in runs after the search the whole 95% interval is a worsening.']
  }
}

function holdoutCheck({ holdout, input, proposal }: Facts): Check {
  const { metric, gap } = input.digest
  if (metric.holdout === null)
    return ['Not checked', 'other data than those that the search used: there is no holdout.']
  if (holdout === null) {
    const isOther = proposal.adopted !== null && !proposal.adopted.adoption.isConfirmedCode
    const why = isOther ? 'of this choice of changes it was not measured' : 'it was not measured'
    return ['Not checked', `${metric.holdout}, on data that the search did not use: ${why}.`]
  }
  const change = `${metric.holdout}, on data that no decision of the search used, changes by ${plusMinus(holdout, metric)} (95% interval)`
  const compared = gap === null ? '' : ` In the same runs, the gain there is ${holdoutGapText(gap)}.`
  switch (holdout.verdict) {
    case 'better':
      return ['Passed', `${change}, an improvement.${compared}`]
    case 'inconclusive':
      return ['Not passed', `${change}, which includes zero.${compared}`]
    case 'worse':
      return ['Not passed', `${change}, a worsening.${compared}`]
  }
}

/** By git's diff of the branch. */
function filesCheck(facts: Facts): Check | null {
  const { files, input } = facts
  const { edit } = input.session.contract
  const allowed = Array.isArray(edit) ? edit.map(String) : []
  if (files.length === 0 || allowed.length === 0) return null
  const others = files.filter(file => !allowed.includes(file))
  const { evaluation, command } = input.session.measurement ?? { evaluation: null, command: null }
  const scoring = [...new Set([evaluation, command])].filter(file => file !== null && !files.includes(file))
  const also = scoring.length === 0 ? '' : `, ${list(scoring as string[])}, by which it is scored, included`
  const records = facts.records === null ? '' : ` Besides, it adds the records of the search in ${facts.records}.`
  return others.length === 0
    ? [
        'Passed',
        `only ${named(files, 10)} changes, which the search was allowed to edit. Every other file of the repository stays as it is${also}.${records}`,
      ]
    : [
        'Not passed',
        `the branch also changes ${named(others, 10)}, which the search was not allowed to edit.${records}`,
      ]
}

function scoreCheck({ input }: Facts): Check | null {
  const { basis } = input.digest
  if (basis === null) return null
  const isFrozen = ['evaluator', 'evaluation', 'command'].includes(basis.by)
  const text = `how it is scored. ${basisSentence(basis)}${isFrozen ? ' Frozen means that the search could not change it.' : ''}`
  return [isFrozen ? 'Note' : 'Not checked', text]
}

/** What the runs cannot say. */
function scope({ input }: Facts): Check {
  const { session } = input
  const machine = machineName(session.machine)
  const on = machine === 'CPU' ? (session.machine.cpu ?? 'a CPU') : machine
  const training =
    session.readsBudget && session.budget !== null ? `, with ${secondsText(session.budget)} of training each` : ''
  return [
    'Not checked',
    `other machines and other data${training === '' ? '' : ', and longer training'}. All runs were on ${on}${training}.`,
  ]
}

/** What a maintainer does beside such runs. */
const review: Check = [
  'Not checked',
  "the repository's own tests, and a person's review of the code: no result of either is recorded.",
]
