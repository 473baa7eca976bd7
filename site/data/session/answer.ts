/** A session's result as its pages and tables show it. */
import { inheritedSentences, startText } from '../../../scripts/analysis/inherited.ts'
import { briefDelta, plusMinus } from '../../../scripts/analysis/numbers.ts'
import type { ReplicationOutcome } from '../../../scripts/analysis/replicated.ts'
import type { ReplicationFacts } from '../../../scripts/analysis/replication/facts.ts'
import { foundText, outcomeText, stackOf } from '../../../scripts/analysis/replication/words.ts'
import { type Detail, resultDetails } from '../../../scripts/analysis/result/details.ts'
import { nextStepText } from '../../../scripts/analysis/result/nextStep.ts'
import { outcomeOf } from '../../../scripts/analysis/result/outcome.ts'
import { type ResultSentences, resultSentences } from '../../../scripts/analysis/result/sentences.ts'
import type { View } from '../view.ts'

export interface Answer extends ResultSentences {
  /** `unknown`: experiments were measured, and it is not known what was kept. */
  kind: 'confirmed' | 'inconclusive' | 'worse' | 'unconfirmed' | 'nothing' | 'unknown' | 'running'
  /** The intervals, what the runs cover, what was taken out; empty before the report. */
  details: Detail[]
  /** What it inherited, and the gains from the original baseline; empty where it inherits nothing, and before the report. */
  inherited: string
  /** "Finish it (about 10 min)", where the next step says more on this result; null where it is another session. */
  toDo: string | null
}

export function answer(v: View): Answer {
  const sentences = resultSentences(v.result)
  const isOpen = ['resume', 'report', 'confirm', 'collect'].includes(sentences.next.kind)
  return {
    ...sentences,
    kind: kindOf(v),
    details: v.digest !== null && v.digest === v.result ? resultDetails(v.digest) : [],
    inherited: inheritedText(v),
    toDo: isOpen ? nextStepText(v.result) : null,
  }
}

function inheritedText({ digest, result, session }: View): string {
  const said = digest !== null && digest === result ? inheritedSentences(digest) : null
  if (said !== null) return `${said.from} ${said.gains}`
  return session.inherited === undefined ? '' : `This session starts from ${startText(session.inherited)}.`
}

function kindOf({ result, replication, running }: View): Answer['kind'] {
  if (replication !== null) return running ? 'running' : replicationKinds[stackOf(replication)?.outcome ?? 'failed']
  const outcome = outcomeOf(result)
  switch (outcome.kind) {
    case 'confirmed':
    case 'inconclusive':
    case 'worse':
      return outcome.kind
    case 'unconfirmed':
      if (outcome.state === 'running') return 'running'
      return outcome.bestSingleRun.gain > 0 ? 'unconfirmed' : 'nothing'
    case 'unknown':
      return outcome.state === 'running' ? 'running' : 'unknown'
    default:
      return outcome.state === 'running' ? 'running' : 'nothing'
  }
}

const replicationKinds = {
  confirmed: 'confirmed',
  'not confirmed': 'inconclusive',
  opposite: 'worse',
  'did not apply': 'nothing',
  failed: 'nothing',
} as const satisfies Record<ReplicationOutcome, Answer['kind']>

/** The confirmed change in a cell of a table, or words for why there is none: "−0.0271 ± 0.0008", "inconclusive". */
export function confirmedCell(v: View): string {
  const kind = kindOf(v)
  if (v.replication !== null && kind !== 'running') return replicatedCell(v, v.replication)
  const { confirmed, collected } = v.result
  if (kind === 'confirmed' && confirmed) return plusMinus(confirmed, v.session.metric)
  if (kind === 'worse' && confirmed) return `worse, ${plusMinus(confirmed, v.session.metric)}`
  if (v.baseline === null) return 'not measured'
  if (kind === 'nothing') return v.kept.length > 0 ? 'no gain' : 'nothing kept'
  const words = { running: 'running', unknown: 'not known', inconclusive: 'inconclusive', unconfirmed: 'not yet' }
  return kind === 'unconfirmed' && collected ? 'not confirmed' : (words[kind as keyof typeof words] ?? '')
}

/** "−0.1300 ± 0.0061"; `confirmedNote` says what it is. */
function replicatedCell({ session: { metric } }: View, replication: ReplicationFacts): string {
  const stack = stackOf(replication)
  return (stack && foundText(stack, metric)) ?? ''
}

/** "replication: confirmed here"; null of any other session. */
export function confirmedNote({ replication, running }: View): string | null {
  if (replication === null) return null
  const stack = stackOf(replication)
  return `replication${running ? '' : `: ${stack ? outcomeText(stack.outcome, 'here') : 'nothing was run'}`}`
}

/** "3"; "1, 2 not known" or "not known" where rows have a status without a known meaning. */
export function keptText({ kept, tried, replication }: View): string {
  if (replication !== null) return ''
  const unknown = tried.unknown ?? 0
  if (unknown === 0) return String(kept.length)
  return kept.length === 0 ? 'not known' : `${kept.length}, ${unknown} not known`
}

/** The change by the best single run, or of a paired session the sum of the kept gains; null when nothing was measured or kept. */
export const singleRunChange = ({ gain, baseline, session, kept }: View): string | null =>
  kept.length === 0 || gain === null || baseline === null ? null : briefDelta(gain, session.metric, baseline)
