/**
 * Values that experiments without a diff tried, by their descriptions. A collected table has no diffs of its discards, and
 * a value that was discarded is tried all the same. Pure.
 */
import { z } from 'zod'
import type { Experiment } from '../../record/schema.ts'
import { isConsistent, parseStatedNumber, type StatedNumber, statedNumbersIn } from '../claims.ts'
import { numberOf } from '../source/literals.ts'
import { describedMove } from './describedStep.ts'
import { claimOf, isNamed, type KnobNames, phraseIn, termsOf } from './knobNames.ts'
import { themeOf } from './themes.ts'

/** A constant with its value where the experiment started from. */
export interface Candidate {
  names: KnobNames
  current: string
}

/** What a description says of one constant. */
export interface Described<C extends Candidate> {
  candidate: C
  /**
   * `step`: this constant alone, to this value. `value`: this value, perhaps with other changes. `unread`: it may be any
   * value, because the description does not say which, or whether it means this constant.
   */
  kind: 'step' | 'value' | 'unread'
  /** As in the source; null for `unread`. */
  to: string | null
}

/** Characters of a description that are read. */
const MAX_CHARACTERS = 300

/** What a description says of each constant that it may mean. */
export function described<C extends Candidate>(text: string, candidates: C[]): Described<C>[] {
  const description = text.slice(0, MAX_CHARACTERS)
  const step = stepOf(description, candidates)
  return step ? [step] : meant(description, candidates)
}

/** The one constant and value that "X a to b" means; null where none or several fit. */
function stepOf<C extends Candidate>(description: string, candidates: C[]): Described<C> | null {
  const step = describedMove(description)
  if (step === null) return null
  const words = termsOf(step.name)
  const [from, to] = [step.from === null ? null : stated(step.from), stated(step.to)]
  const fitting = candidates.filter(({ current }) => {
    const value = numberOf(current)
    if (value === null) return false
    if (from !== null) return isConsistent(from, value)
    return to.values.some(after => (step.way === 'up' ? after > value : after < value))
  })
  const called = fitting.map(candidate => ({ candidate, named: isNamed(candidate.names, words) }))
  const exact = called.filter(({ named }) => named === 'exactly')
  const found = exact.length > 0 ? exact : called.filter(({ named }) => named !== null)
  const [only] = found
  if (!only || found.length > 1) return null
  return { candidate: only.candidate, kind: 'step', to: asWritten(to, only.candidate.current) }
}

/** The constants of which the claim has all words of a name; of "VE WD" and "WD" the longer. */
function meant<C extends Candidate>(description: string, candidates: C[]): Described<C>[] {
  const words = new Set(termsOf(claimOf(description)))
  const found = candidates.flatMap(candidate => {
    const phrase = phraseIn(candidate.names, words)
    return phrase ? [{ candidate, phrase }] : []
  })
  const isCovered = (phrase: Set<string>) =>
    found.some(other => other.phrase.size > phrase.size && [...phrase].every(word => other.phrase.has(word)))
  return found
    .filter(({ phrase }) => !isCovered(phrase))
    .flatMap(({ candidate, phrase }): Described<C>[] => {
      const values = valuesAfter(description, phrase)
      if (values === null) return [{ candidate, kind: 'unread', to: null }]
      return values.map(value => ({ candidate, kind: 'value', to: asWritten(value, candidate.current) }))
    })
}

/** The numbers that follow words of a phrase; null where there is none, or one is a factor or part of a fraction. */
function valuesAfter(description: string, phrase: Set<string>): StatedNumber[] | null {
  const numbers = statedNumbersIn(claimOf(description)).filter(({ words }) =>
    termsOf(words).some(word => phrase.has(word)),
  )
  const areValues = numbers.length > 0 && numbers.every(({ isFactor }) => !isFactor)
  return areValues ? numbers.map(({ number }) => number) : null
}

/** A stated number in the notation of the present value: "262K" beside 2**19 is 2**18. */
function asWritten(number: StatedNumber, current: string): string {
  const [, base, sign] = /^(\d+)(\s*\*\*\s*)\d+$/.exec(current) ?? []
  const [value = Number.NaN] = number.values
  if (base !== undefined) {
    const exponent = Math.round(Math.log(value) / Math.log(Number(base)))
    if (isConsistent(number, Number(base) ** exponent)) return `${base}${sign}${exponent}`
  }
  return numberOf(number.text) === null ? String(value) : number.text
}

const stated = (text: string): StatedNumber => parseStatedNumber(text.replace('−', '-').replace('^', '**'))

export const withoutDiffSchema = z.object({
  /** In the order of the verdicts, the baseline not counted. */
  experiments: z.array(z.number().int().nonnegative()),
  /** Those of them whose description says nothing that a rule can read: they may have tried anything. */
  unreadable: z.array(z.number().int().nonnegative()),
  /** All numbers in their descriptions, any of which may have been tried. */
  numbers: z.array(z.number()),
})
export type WithoutDiff = z.infer<typeof withoutDiffSchema>

/** @param read experiments whose description names a constant */
export function withoutDiff(experiments: Experiment[], patches: Map<number, string>, read: Set<number>): WithoutDiff {
  const blind = experiments.filter(e => isBlind(e, patches))
  const isReadable = (e: Experiment) =>
    read.has(e.number) || describedMove(e.description) !== null || themeOf(e, '') !== 'other'
  const numbers = blind.flatMap(({ description }) =>
    statedNumbersIn(description.slice(0, MAX_CHARACTERS)).flatMap(({ number }) => number.values),
  )
  return {
    experiments: blind.map(e => e.number),
    unreadable: blind.filter(e => !isReadable(e)).map(e => e.number),
    numbers: [...new Set(numbers)],
  }
}

/** Whether nothing is recorded of what an experiment changed. */
export const isBlind = ({ number, replicates }: Experiment, patches: Map<number, string>): boolean =>
  number > 0 && replicates === undefined && (patches.get(number) ?? '') === ''
