/** What a replication found, in words: report, pages, terminal, prompt and comparison read them from here. Pure. */
import { capital, plural, sanitizeText } from '../../lib/text.ts'
import type { Experiment, Metric } from '../../record/schema.ts'
import { coverageSentence, rerunsEach, rerunsText, type Seeds } from '../confirm/seeds.ts'
import { briefDelta, fromTo, list, plusMinus } from '../numbers.ts'
import { shareBetween } from '../relative.ts'
import type { ReplicationOutcome } from '../replicated.ts'
import { statusWords } from '../statusWords.ts'
import type { ReplicatedChange, ReplicationFacts, ReplicationOfThis, There } from './facts.ts'

const outcomeWords: Record<ReplicationOutcome, string> = {
  confirmed: 'confirmed',
  'not confirmed': 'not confirmed',
  opposite: 'the opposite',
  'did not apply': 'did not apply',
  failed: 'failed',
}

/** "confirmed here", "the opposite there", "did not apply". */
export const outcomeText = (outcome: ReplicationOutcome, where: 'here' | 'there'): string =>
  outcome === 'did not apply' || outcome === 'failed' ? outcomeWords[outcome] : `${outcomeWords[outcome]} ${where}`

/** What is said of an experiment in a line: its status, or of a replication's what it found: "discarded", "confirmed here". */
export const experimentWord = (
  { status }: Pick<Experiment, 'status'>,
  change: Pick<ReplicatedChange, 'outcome'> | undefined,
): string => (change === undefined ? statusWords[status] : outcomeText(change.outcome, 'here'))

/** The session that the changes are from: "2026-11-20-h100-kqzt-nov20 (found on H100)". */
export function takenFromText({ session, machine }: Pick<ReplicationFacts, 'session' | 'machine'>): string {
  const on = machine === null ? '' : ` (found on ${sanitizeText(machine, 40)})`
  return `${sanitizeText(session, 80)}${on}`
}

/** An experiment of the original, or what that one inherited; "0004" is one of the session that is spoken of, and "#4" an issue for GitHub. */
export const numberThere = (experiment: number): string =>
  experiment === 0 ? 'what it inherited' : `experiment ${experiment}`

/** "all 6 changes together", "5 of 6 changes together", "experiment 4 by itself"; of a stack of one change, "its only change, experiment 4". */
export function whatText({ of, isStack }: Pick<ReplicatedChange, 'of' | 'isStack'>, facts: ReplicationFacts): string {
  const [first] = of
  if (!isStack) return `${of.map(numberThere).join(', ')}${first === 0 ? ', by itself' : ' by itself'}`
  const all = facts.experiments.length + leftOut(facts).length
  if (of.length === 1 && first !== undefined && all === 1) return `its only change, ${numberThere(first)}`
  if (of.length === all) return all === 2 ? 'both changes together' : `all ${all} changes together`
  return `${of.length} of ${plural(all, 'change')} together`
}

/** Experiments there that are not in the stack, because they do not apply here. */
const leftOut = ({ experiments, changes }: ReplicationFacts): number[] =>
  changes
    .filter(c => c.outcome === 'did not apply' && !c.isStack)
    .flatMap(({ of }) => of.filter(n => !experiments.includes(n)))

export const stackOf = ({ changes }: ReplicationFacts): ReplicatedChange | undefined => changes.find(c => c.isStack)

/** The changes that were run by themselves, or that did not apply. */
export const singlesOf = ({ changes }: ReplicationFacts): ReplicatedChange[] => changes.filter(c => !c.isStack)

/** "−0.0121 ± 0.0042"; null where it was not measured. */
export const foundText = ({ found }: Pick<ReplicatedChange, 'found'>, metric: Metric): string | null =>
  found && plusMinus(found, metric)

/** "−0.0282 ± 0.0030", "−0.0120 in the runs that chose it"; null where it is not known. */
export function thereText(there: There | null, metric: Metric): string | null {
  if (there === null) return null
  const { gain, interval, baseline } = there
  return interval === null
    ? `${briefDelta(gain, metric, baseline)} in the runs that chose it`
    : plusMinus({ gain, interval, baseline }, metric)
}

/** How its conditions differ from those of the original: "60 s of training a run instead of 300 s", "DEPTH 12 → 24"; none where they do not. */
export function transferTexts({
  budget,
  here,
  set,
  data,
}: Pick<ReplicationFacts, 'budget' | 'here' | 'set' | 'data'>): string[] {
  const time =
    budget === null || here.budget === null || budget === here.budget
      ? []
      : [`${here.budget} s of training a run instead of ${budget} s`]
  return [
    ...time,
    ...(data === undefined || here.fingerprint === null || data.fingerprint === here.fingerprint ? [] : ['other data']),
    ...set.map(({ knob, from, to }) => `${sanitizeText(knob, 60)} ${sanitizeText(from, 40)} → ${sanitizeText(to, 40)}`),
  ]
}

/** "Run at another scale than it was found at: 60 s of training a run instead of 300 s."; "" where nothing differs. */
export function transferSentence(facts: ReplicationFacts): string {
  const texts = transferTexts(facts)
  return texts.length === 0 ? '' : `Run under other conditions than it was found under: ${list(texts)}.`
}

/** Of a session's result. */
interface Result {
  metric: Metric
  seeds: Seeds
  stop: { kind: string } | null
  bestSingleRun: object | null
  /** The baseline included. */
  experiments: number
}

/** As of any session's result, see result/sentences.ts. */
interface Sentences {
  title: string
  line: string
  verdict: string
  holdout: string
  counts: string
}

/** Result in the words of a session's own; the counts are those of its changes. */
export function replicationSentences(facts: Result, replication: ReplicationFacts): Sentences {
  const standing = standingOf(facts, replication)
  const counts = [transferSentence(replication), countsSentence(replication)].filter(text => text !== '').join(' ')
  return { ...standing, holdout: holdoutSentence(facts, replication), counts }
}

function standingOf(
  { metric, seeds, stop, bestSingleRun, experiments }: Result,
  replication: ReplicationFacts,
): Pick<Sentences, 'title' | 'line' | 'verdict'> {
  const of = `eplication of ${takenFromText(replication)}`
  const name = `replication of ${sanitizeText(replication.session, 80)}`
  const stack = stackOf(replication)
  const open = (title: string, line: string, verdict: string) => ({
    title,
    line: `${name}: ${line}`,
    verdict: `R${of}. ${verdict}`,
  })
  if (stop === null) return open('Running', 'running', 'Nothing is said of it before it is over.')
  if (experiments > 0 && bestSingleRun === null)
    return open(
      'Nothing measured',
      'the baseline gave no value',
      'The baseline gave no value, so nothing can be compared with it.',
    )
  if (stack === undefined)
    return stop.kind === 'replicated'
      ? open('Nothing applied', 'no change applied', 'None of its changes applies here, so nothing was run.')
      : open('Not finished', 'not finished', 'It was interrupted before its verdict.')
  const what = whatText(stack, replication)
  const { found, outcome } = stack
  if (found === null) {
    const why =
      outcome === 'did not apply'
        ? `${capital(what)} did not apply.`
        : outcome === 'failed'
          ? `The runs of ${what} gave no value.`
          : `${capital(what)}: ${lower(sentence(stack.reason))}`
    return open(capital(outcomeText(outcome, 'here')), outcomeText(outcome, 'here'), why)
  }
  const on = rerunsText(seeds, found.seeds)
  const share = shareBetween(found.baseline, found.head)
  const values = `${metric.name} ${fromTo(found.baseline, found.head)}${share === null || outcome === 'not confirmed' ? '' : `, ${share}`}`
  const zero = found.verdict === 'inconclusive' ? ', which includes zero' : ''
  const gain = `${metric.name} ${plusMinus(found, metric)} (95% interval, ${rerunsEach(seeds, found.seeds)})${zero}`
  return {
    title: `${capital(outcomeText(outcome, 'here'))}: ${values}`,
    line: `${name}: ${values}, ${outcomeText(outcome, 'here')} ${on}`,
    verdict: [`R${of} on ${placeText(replication)}: ${what}, ${gain}.`, thereSentence(stack, replication, metric)]
      .filter(text => text !== '')
      .join(' '),
  }
}

/** What the original's confirm found, and of what. */
function thereSentence(
  { there }: ReplicatedChange,
  { confirmed, isFinal, experiments }: ReplicationFacts,
  metric: Metric,
): string {
  if (there !== null) return `There: ${thereText(there, metric)}.`
  if (confirmed === null) return 'There it was not confirmed.'
  const part = isFinal ? '' : `, which is not exactly ${experiments.length === 1 ? 'this change' : 'these changes'}`
  return `There its final${part}: ${plusMinus(confirmed, metric)}.`
}

function holdoutSentence({ metric, stop }: Result, replication: ReplicationFacts): string {
  const stack = stackOf(replication)
  if (stop === null || !stack?.found) return ''
  if (metric.holdout === null) return 'No holdout.'
  if (stack.holdout === null) return 'Holdout: not measured.'
  const zero = stack.holdout.verdict === 'inconclusive' ? ', which includes zero' : ''
  return `On the holdout: ${plusMinus(stack.holdout, metric)} ${metric.holdout}${zero}.`
}

/** "By themselves: 2 of 5 changes confirmed here, 1 the opposite. 1 change did not apply." */
export function countsSentence(replication: ReplicationFacts): string {
  const ran = singlesOf(replication).filter(c => c.outcome !== 'did not apply')
  const counts = (['confirmed', 'not confirmed', 'opposite', 'failed'] as const).flatMap(outcome => {
    const n = ran.filter(c => c.outcome === outcome).length
    return n === 0 ? [] : [`${n} ${outcomeText(outcome, 'here')}`]
  })
  const alone =
    ran.length === 0
      ? ''
      : `Of ${plural(ran.length, 'change')} run by ${ran.length === 1 ? 'itself' : 'themselves'}: ${counts.join(', ')}.`
  const out = leftOut(replication)
  const missing =
    out.length === 0
      ? ''
      : `${plural(out.length, 'change')} did not apply and ${out.length === 1 ? 'is' : 'are'} not in what was run: ${list(out.map(numberThere))}.`
  return [alone, missing].filter(text => text !== '').join(' ')
}

interface Line {
  key: 'seeds' | 'change'
  text: string
}

/** Lines of the terminal and of a page's details: what the runs cover, and each change by itself. */
export function replicationDetails(facts: ReplicationFacts, metric: Metric, seeds: Seeds): Line[] {
  const covers = facts.changes.some(({ found }) => found !== null) ? coverageSentence(seeds) : ''
  return [
    ...(covers === '' ? [] : [{ key: 'seeds' as const, text: covers }]),
    ...singlesOf(facts).map(change => ({
      key: 'change' as const,
      text: capital(changeSentence(change, facts, metric, seeds)),
    })),
  ]
}

/** "experiment 4 by itself: confirmed here, −0.0100 ± 0.0040 (95% interval, 4 seeds each); there −0.0120 in the runs that chose it." */
export function changeSentence(
  change: ReplicatedChange,
  facts: ReplicationFacts,
  metric: Metric,
  seeds: Pick<Seeds, 'use'> | null,
): string {
  const { outcome, reason } = change
  const what = whatText(change, facts)
  if (outcome === 'did not apply')
    return `${what}: did not apply. ${sentence(reason.replace(/^Conflict: (?:by itself )?it /, 'It '))}`.trim()
  const gains = gainsText(change, metric, seeds)
  return `${what}: ${outcomeText(outcome, 'here')}${gains === '' ? '' : `, ${gains}`}.`
}

/** "−0.0100 ± 0.0040 (95% interval, 4 seeds each); there −0.0120 in the runs that chose it"; "" where nothing is known. */
export function gainsText(
  change: Pick<ReplicatedChange, 'found' | 'there'>,
  metric: Metric,
  seeds: Pick<Seeds, 'use'> | null,
): string {
  const { found } = change
  const n = found === null || seeds === null ? '' : `, ${rerunsEach(seeds, found.seeds)}`
  const elsewhere = thereText(change.there, metric)
  return [
    ...(found === null ? [] : [`${foundText(change, metric)} (95% interval${n})`]),
    ...(elsewhere === null ? [] : [`there ${elsewhere}`]),
  ].join('; ')
}

const lower = (text: string): string => text.replace(/^[A-Z](?=[a-z])/, letter => letter.toLowerCase())

const sentence = (reason: string): string => {
  const text = sanitizeText(reason, 200)
  return text === '' ? '' : capital(text.replace(/[^.!?]$/, '$&.'))
}

/** In the original's words: "replicated on RTX 4090: confirmed, −0.0100 ± 0.0040, with DEPTH 12 → 24". */
export function replicatedText(change: ReplicatedChange, facts: ReplicationOfThis, metric: Metric): string {
  const gain = foundText(change, metric)
  const transfer = transferTexts(facts)
  return [
    `replicated on ${placeText(facts)}${change.isStack && change.of.length > 1 ? `, ${whatText(change, facts)}` : ''}: ${outcomeWords[change.outcome]}`,
    ...(gain === null ? [] : [`${gain} (95% interval)`]),
    ...(transfer.length === 0 ? [] : [`with ${list(transfer)}`]),
  ].join(', ')
}

/** The machine of a replication: its model, or its label where the original's has the same. */
export const placeText = ({ here, machine }: Pick<ReplicationFacts, 'here' | 'machine'>): string =>
  sanitizeText(here.machine === machine ? here.label : here.machine, 40)

/** What replications found of one experiment of the original: by itself first, then together with others. */
export const replicationsOfExperiment = (
  replications: ReplicationOfThis[],
  experiment: number,
): { change: ReplicatedChange; facts: ReplicationOfThis }[] =>
  replications
    .flatMap(facts => facts.changes.filter(c => c.of.includes(experiment)).map(change => ({ change, facts })))
    .sort((a, b) => a.change.of.length - b.change.of.length)
