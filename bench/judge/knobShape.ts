/** Whether the shape that is named of a knob is there: flat truths, and a best value with worse neighbours. */

import type { Sigma } from '../../scripts/analysis/search/knobShape.ts'
import { knobs } from '../../scripts/analysis/search/knobs.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type Law, laws } from './laws.ts'
import { type Check, type Requirement, shareOf } from './requirement.ts'
import { defaults, type SimulatedSession, simulateSession } from './session.ts'

/** A knob that begins at 40; the values are tried in this order, nearest first. */
const first = 40
const values = [30, 50, 20, 60, 10, 70, 5, 80]

interface Case {
  name: string
  tries: number
  /** Experiments on other things before and between, and the law of their effects. */
  others: number
  law: Law
  /** true: the tries come last, against a head that was picked. */
  late?: boolean
  /** Degrees of freedom of a σ that is given; null: the session's own, three runs of the baseline. */
  df: number | null
  repeat?: 'never' | 'marginal'
  /** Effect of any other value than the first, in σ. */
  effect?: number
}

const flat: Case[] = [2, 4, 8]
  .flatMap(tries =>
    [null, 14].flatMap((df): Case[] => [
      { name: 'the session tried nothing else', tries, others: 0, law: laws['all null'], df },
      { name: 'after 22 changes without effect', tries, others: 22, law: laws['all null'], late: true, df },
      { name: 'among 22 mar8-like changes', tries, others: 22, law: laws['mar8-like'], df },
    ]),
  )
  .concat({
    name: 'marginal gains run twice, among 22 changes without effect',
    tries: 4,
    others: 22,
    law: laws['all null'],
    df: null,
    repeat: 'marginal',
  })

const peaked: Case[] = [3, 5].flatMap(sigmas =>
  [2, 4].flatMap(tries =>
    [null, 14].flatMap((df): Case[] => [
      { name: `neighbours ${sigmas}σ worse`, tries, others: 0, law: laws['all null'], df, effect: -sigmas },
      {
        name: `neighbours ${sigmas}σ worse, after 22 mar8-like changes`,
        tries,
        others: 22,
        law: laws['mar8-like'],
        late: true,
        df,
        effect: -sigmas,
      },
    ]),
  ),
)

export const checkKnobShape: Check = (scale, random) => [
  ...flat.flatMap(given => namedOf(given, Math.round(1500 * scale), random)),
  ...powersOf(Math.round(2500 * scale), random),
]

const topic = 'knob shape'
const limit = { at: 'most', limit: 0.1 } as const

function namedOf(given: Case, cases: number, random: Random): Requirement[] {
  let named = 0
  for (let i = 0; i < cases; i++) {
    const { shape } = knobOf(given, random) ?? {}
    if (shape === 'inside' || shape === 'edge') named++
  }
  return [shareOf({ topic, measured: `named on flat truth: ${nameOf(given)}`, asked: limit }, named, cases)]
}

/** How often the best value is found to lie inside; and over all these cases, how often something false is said. */
function powersOf(cases: number, random: Random): Requirement[] {
  let [wrong, lost] = [0, 0]
  const powers = peaked.map(given => {
    let inside = 0
    for (let i = 0; i < cases; i++) {
      const knob = knobOf(given, random)
      const named = knob?.shape === 'inside' || knob?.shape === 'edge'
      if (knob?.shape === 'inside') inside++
      if (named && Number(knob.best) !== first) wrong++
      if (!knob?.bestSet.includes(String(first))) lost++
    }
    return shareOf({ topic, measured: `called inside: ${nameOf(given)}`, asked: null }, inside, cases)
  })
  const all = cases * peaked.length
  return [
    ...powers,
    shareOf(
      { topic, measured: 'another value called best, all cases with worse neighbours', asked: limit },
      wrong,
      all,
    ),
    shareOf({ topic, measured: 'the best is not in the set of the best, all these cases', asked: limit }, lost, all),
  ]
}

const nameOf = ({ name, tries, df }: Case): string =>
  `${tries} tries, ${name}, σ of ${df ?? 'the session'}${df === null ? '' : ' df'}`

function knobOf(given: Case, random: Random) {
  const total = given.others + given.tries
  const isTry = triesAt(given, random)
  const session = simulateSession(random, {
    ...defaults,
    policy: { ...defaults.policy, repeat: given.repeat ?? 'never' },
    experiments: total,
    draw: (r, i) => ({ effect: isTry.has(i) ? (given.effect ?? 0) : given.law(r), linesAdded: 1, linesRemoved: 1 }),
  })
  return knobs(session.experiments, patchesOf(session, isTry), 'minimize', noiseOf(given, session, random)).knobs[0]
}

/** Numbers of the experiments that move the knob. */
function triesAt({ others, tries, late = false }: Case, random: Random): Set<number> {
  if (late) return new Set(Array.from({ length: tries }, (_, i) => others + 1 + i))
  const chosen = new Set<number>()
  while (chosen.size < tries) chosen.add(1 + Math.floor(random.uniform() * (others + tries)))
  return chosen
}

/** Each try moves the knob from the value that the head had. */
function patchesOf({ experiments }: SimulatedSession, isTry: Set<number>): Map<number, string> {
  const patches = new Map<number, string>()
  let [now, next] = [first, 0]
  for (const { number, status } of experiments) {
    if (!isTry.has(number)) continue
    const value = values[next++] ?? first
    patches.set(number, patchOf(now, value))
    if (status === 'keep') now = value
  }
  return patches
}

const patchOf = (from: number, to: number): string =>
  ['--- a/train.py', '+++ b/train.py', '@@ -1,1 +1,1 @@', `-LR = ${from}`, `+LR = ${to}`, ''].join('\n')

function noiseOf({ df }: Case, { noise }: SimulatedSession, random: Random): Sigma | null {
  if (df === null) return noise
  let squares = 0
  for (let i = 0; i < df; i++) squares += random.normal() ** 2
  return { sigma: defaults.sigma * Math.sqrt(squares / df), df }
}
