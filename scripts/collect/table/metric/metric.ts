/**
 * Chooses the metric among a table's columns by one rule: every candidate gets points for its name, its place, its
 * spread and its agreement with what was kept. The table of weights below is the whole rule.
 */

import { betterText } from '../../../analysis/relative.ts'
import { plural } from '../../../lib/text.ts'
import { normalizedName } from '../split/lines.ts'
import { type Agreement, agreementOf, type Goal, goalByName, isSpeed, wordsOf } from './goal.ts'

export interface Candidate {
  /** As written. */
  name: string
  /** Whether the table has a header, so that names mean something. */
  named: boolean
  /** Per row: the number in its cell; null without one. */
  values: (number | null)[]
  /** Share of its cells, without those that are empty or say "no value", that are numbers, and that have decimals. */
  numbers: number
  decimals: number
}

export interface Choice {
  /** Index into the candidates. */
  index: number
  /** One short line. */
  why: string
  /** That it is not sure, which other columns it could be, and the flag that corrects it; "" if it is sure. */
  others: string
  /** Whether `why` counts rows. */
  counted: boolean
  sure: boolean
}

type Kind = 'aim' | 'quality' | 'validation' | 'speed' | 'plain' | 'amount'

/** Points, each with its reason. */
const WEIGHTS = {
  /** The name says "this is the number": metric, objective, score, primary_…. */
  aim: 7,
  /** The name is a measure of quality: loss, accuracy, Sharpe. */
  quality: 5,
  /** val_… and test_… of an unknown measure. */
  validation: 3,
  /** Speed stands beside a quality more often than it is the aim. */
  speed: 3,
  /** An unknown name may be anything. */
  plain: 0,
  /** Durations, sizes and costs are mostly side conditions. */
  amount: -2,

  /** Sessions select on validation data, seldom on test data, hardly ever on training data. */
  ofValidation: 2,
  ofTest: 1.5,
  ofTraining: -3,
  /** The mean stands for its parts; best, worst and percentiles do not. */
  average: 1,
  extreme: -1.5,
  /** A difference to another row ("loss_delta") is no measurement of its own. */
  difference: -5,

  /** The metric mostly stands before other numbers: points of the first, second and third column of numbers. */
  place: [1.5, 1, 0.5],

  /** All values equal: nothing was decided by it. */
  constant: -5,
  /** Half of the rows have the same value: more likely a condition than the aim. */
  nearlyConstant: -2,
  /** Four of five rows have it. */
  mostlyConstant: -4,
  /** Not measured in rows in which another column was; times the share of such rows. */
  gaps: -5,

  /** Better in every kept row and in no discarded one, with many rows. */
  agreement: 8,
  /** Rows that make half of these points. */
  halfAt: 5,
  /** An unknown direction can be chosen to agree. */
  unknownGoal: -0.5,
} as const

/** At least so many points, and so many more than the next column: sure. Else the columns near it are named. */
const SURE = { points: 4, ahead: 2, worthNaming: 5 }

const AIMS = new Set('metric objective primary score value fitness composite overall result'.split(' '))
/** Words that make a column something else than a measurement of the experiment. */
const OTHER =
  /(?:^|_)(?:vram|mem|memory|ram|steps?|params?|lr|depth|layers?|epochs?|gpus?|iters?|iterations?|rounds?|seed|artifact|batch|std|stdev|sigma|stderr|sem|variance|id|ids|run|exp|experiment|trial|loops|usd|budget|guard|gate|before|baseline|prev|previous|parent|threshold|version|tokens?|tok|toks|ctx|seq|threads|workers|timestamp|commit|temperature|dropout|decay|momentum|warmup|flops|name|direction)(?:_|$)/
const OTHER_NAME = /^(?:n|no|num|nr|rank|index|idx|segment|time|date|cache|#|h|d|k|b)$|^(?:n|num)_/
/** The same of speeds, whose names have words such as "tok" and "step". */
const OTHER_SPEED =
  /^(?:guard|gate|baseline|prev|previous|parent|threshold|target|delta|diff|change|std|sigma)_|_(?:std|stdev|stderr|sigma|delta|diff|change|before|threshold)$/
const DIFFERENCE = /(?:^|_)(?:delta|diff|change|gain|gap|improvement)(?:_|$)/
const AMOUNT =
  /(?:^|_)(?:s|secs?|seconds?|minutes?|mins?|hours?|runtime|duration|elapsed|time|cost|size|bytes|kb|mb|gb)(?:_|$)/

/** What a column's name says about it; null: it names something else than a metric. */
export function kindOfName(name: string): Kind | null {
  const spelled = normalizedName(name)
  if (isSpeed(name)) return OTHER_SPEED.test(spelled) ? null : 'speed'
  const words = wordsOf(name)
  const quality = goalByName(name) !== null
  if (OTHER.test(spelled) || OTHER_NAME.test(spelled)) return null
  if (DIFFERENCE.test(spelled) && (!quality || DIFFERENCE.test(words[0] ?? ''))) return null
  if (words.some(word => AIMS.has(word))) return 'aim'
  if (AMOUNT.test(spelled)) return 'amount'
  if (quality) return 'quality'
  return /^(?:val|valid|validation|test|eval|dev|holdout)_/.test(spelled) ? 'validation' : 'plain'
}

/** Whether a header cell with this name shows that its line is a header: no free text has such a name. */
export const isMetricName = (name: string): boolean => {
  const kind = kindOfName(name)
  return kind === 'quality' || kind === 'speed' || ['metric', 'score', 'value', 'objective'].includes(name)
}

interface Directed extends Agreement {
  goal: Goal
}

interface Scored {
  index: number
  name: string
  kind: Kind
  points: number
  agreement: Directed | null
}

/** @param verdicts whether each row was kept or discarded; null: neither is known @returns null: no column can be it */
export function chooseMetric(candidates: Candidate[], verdicts: ('keep' | 'discard' | null)[]): Choice | null {
  const most = Math.max(0, ...candidates.map(measured))
  const possible = candidates.flatMap((candidate, index) => {
    const kind = candidate.named ? kindOfName(candidate.name) : 'plain'
    return kind !== null && isNumeric(candidate, kind) ? [{ candidate, kind, index }] : []
  })
  const scored = possible
    .map(({ candidate, kind, index }, place): Scored => {
      const goal = candidate.named ? (goalByName(candidate.name)?.goal ?? null) : null
      const agreement = bestAgreement(candidate.values, verdicts, goal)
      const points =
        WEIGHTS[kind] +
        (candidate.named ? pointsOfName(candidate.name, kind) : 0) +
        (WEIGHTS.place[place] ?? 0) +
        pointsOfSpread(candidate.values) +
        WEIGHTS.gaps * (most === 0 ? 0 : 1 - measured(candidate) / most) +
        (agreement ? pointsOfAgreement(agreement) + (goal === null ? WEIGHTS.unknownGoal : 0) : 0)
      return { index, name: candidate.name, kind, points, agreement }
    })
    .filter(({ kind, index, agreement }) => isPossible(candidates[index], kind, agreement))
  const changing = scored.filter(({ index }) => !isConstant(candidates[index]?.values ?? []))
  // A constant column is the metric only if every candidate is constant.
  const ranked = (changing.length > 0 ? changing : scored).sort((a, b) => b.points - a.points)
  const [best, ...others] = ranked
  if (!best) return null
  const within = (distance: number) => others.filter(({ points }) => best.points - points < distance).slice(0, 3)
  const close = within(SURE.ahead)
  const sure = close.length === 0 && best.points >= SURE.points && best.kind !== 'plain' && best.kind !== 'amount'
  const constant = changing.length === 0 && measured(candidates[best.index]) > 2
  const names = (sure ? [] : within(SURE.worthNaming)).map(({ name }) => name).join(' or ')
  const flag = candidates[best.index]?.named ? '--metric NAME' : '--column metric=NUMBER'
  return {
    index: best.index,
    why: reasonFor(best, candidates[best.index], constant),
    others: sure ? '' : names === '' ? ` Not sure: set ${flag}.` : ` Not sure: it could also be ${names} (${flag}).`,
    counted: best.agreement !== null,
    sure,
  }
}

/** Whether a column holds numbers: some, if its name is a metric's, else mostly. */
function isNumeric({ numbers, values }: Candidate, kind: Kind): boolean {
  if (values.length === 0) return kind !== 'plain' && kind !== 'amount'
  return numbers >= (kind === 'quality' || kind === 'speed' ? 1e-9 : kind === 'plain' ? 0.6 : 0.3)
}

/** Columns of unknown name need decimals, or to agree with what was kept: most whole numbers count something. */
function isPossible(candidate: Candidate | undefined, kind: Kind, agreement: Agreement | null): boolean {
  if (kind !== 'plain' || (candidate?.decimals ?? 0) >= 0.6) return true
  return agreement !== null && decisions(agreement) >= 3 && pointsOfAgreement(agreement) >= 1.5
}

function pointsOfName(name: string, kind: Kind): number {
  const spelled = normalizedName(name)
  const has = (words: RegExp) => words.test(spelled)
  const side = has(/(?:^|_)train(?:ing)?(?:_|$)/)
    ? WEIGHTS.ofTraining
    : kind === 'validation' || kind === 'amount' || kind === 'speed'
      ? 0
      : has(/(?:^|_)(?:val|valid|validation|dev|eval|holdout)(?:_|$)/)
        ? WEIGHTS.ofValidation
        : has(/(?:^|_)test(?:_|$)/)
          ? WEIGHTS.ofTest
          : 0
  const average = has(/(?:^|_)(?:mean|avg|average|median|overall|total)(?:_|$)/) ? WEIGHTS.average : 0
  const extreme = has(/(?:^|_)(?:min|max|best|worst|lowest|highest|p\d{2}|first|last)(?:_|$)/) ? WEIGHTS.extreme : 0
  return side + average + extreme + (DIFFERENCE.test(spelled) ? WEIGHTS.difference : 0)
}

function pointsOfSpread(values: (number | null)[]): number {
  const counts = new Map<number, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (rows >= 3 && counts.size === 1) return WEIGHTS.constant
  const most = [...counts.values()].reduce((max, count) => Math.max(max, count), 0)
  if (rows < 6 || most < rows / 2) return 0
  return most >= 0.8 * rows ? WEIGHTS.mostlyConstant : WEIGHTS.nearlyConstant
}

function isConstant(values: (number | null)[]): boolean {
  const given = values.filter(value => value !== null)
  return given.length >= 3 && new Set(given).size === 1
}

/**
 * None for chance, when half of the kept and half of the discarded rows agree. Both have to: a column that never changes
 * agrees with every discarded row and with no kept one.
 */
function pointsOfAgreement(agreement: Agreement): number {
  const { kept, keptBetter, discarded, discardedBetter } = agreement
  const total = decisions(agreement)
  if (total === 0) return 0
  const [keptShare, discardedShare] = [keptBetter / kept, 1 - discardedBetter / discarded]
  // With rows of one kind only, half the points.
  const share =
    kept === 0 ? discardedShare - 0.5 : discarded === 0 ? keptShare - 0.5 : (keptShare * discardedShare - 0.25) / 0.75
  return WEIGHTS.agreement * share * (total / (total + WEIGHTS.halfAt))
}

const decisions = ({ kept, discarded }: Agreement): number => kept + discarded

/** In the direction of the name, else in the direction that agrees more; null if no row was decided. */
function bestAgreement(
  values: (number | null)[],
  verdicts: ('keep' | 'discard' | null)[],
  goal: Goal | null,
): Directed | null {
  const goals: Goal[] = goal === null ? ['minimize', 'maximize'] : [goal]
  const [best] = goals
    .map((direction): Directed => ({ ...agreementOf(values, verdicts, direction), goal: direction }))
    .sort((a, b) => pointsOfAgreement(b) - pointsOfAgreement(a))
  return best && decisions(best) > 0 ? best : null
}

const measured = (candidate: Candidate | undefined): number =>
  candidate?.values.filter(value => value !== null).length ?? 0

const NAME_TEXTS: Record<Kind, string> = {
  aim: 'Its name says that it is the aim',
  quality: "Its name is a metric's",
  validation: 'Its name says what it was measured on',
  speed: "Its name is a speed's",
  plain: 'It is a column of numbers',
  amount: 'It is a duration, a size or a cost, and nothing fits better',
}

function reasonFor({ kind, agreement }: Scored, candidate: Candidate | undefined, constant: boolean): string {
  const name = candidate?.named === false ? 'It is a column of numbers' : NAME_TEXTS[kind]
  const moved = agreement ? `; ${agreementText(agreement)}` : ''
  return `${name}${moved}.${constant ? ' All its values are equal.' : ''}`
}

/** "it improved in 9 of 9 kept rows and 0 of 12 discarded ones, if lower is better". */
function agreementText({ kept, keptBetter, discarded, discardedBetter, goal }: Directed): string {
  const rows = [
    ...(kept > 0 ? [`${keptBetter} of ${plural(kept, 'kept row')}`] : []),
    ...(discarded > 0 ? [`${discardedBetter} of ${plural(discarded, 'discarded row')}`] : []),
  ]
  return `it improved in ${rows.join(' and ')}, if ${betterText(goal)}`
}
